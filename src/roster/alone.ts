import type { Cache } from '../contract/connector.ts'
import type { Roster } from '../contract/roster.ts'
import type { Clock } from '../contract/time.ts'
import { withLock } from '../lock.ts'
import type { FoundCard, WorkerIdentity } from './card.ts'
import { companyOf, type IsAlive, listed } from './company.ts'

interface AloneParts {
  readonly me: WorkerIdentity
  readonly roster: Roster
  readonly cache: Cache
  readonly clock: Clock
  readonly isAlive: IsAlive
  /** Has this worker listed. */
  readonly say: () => Promise<void>
}

const busy = 'other workers that start with --exclusive hold its lock'

/** Has a worker listed unless others take jobs from one of its queues; answers those. Of several that ask at once, one is listed. */
export function listedAlone(parts: AloneParts): Promise<readonly FoundCard[]> {
  const { me, roster, cache, clock, isAlive, say } = parts
  return withLock({ cache, clock, name: 'exclusive:lock', busy }, async () => {
    const others = companyOf(me, await listed(roster), isAlive)
    if (others.length === 0) await say()
    return others
  })
}
