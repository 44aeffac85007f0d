import type { PullConnector } from '../contract/connector.ts'
import { reconnectPolicy } from '../contract/retry.ts'
import type { Clock } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import type { Bell } from './bell.ts'
import type { ControlWatch } from './control-watch.ts'

interface OpeningParts {
  readonly connector: PullConnector
  readonly watch: ControlWatch
  readonly emitter: Emitter
  readonly clock: Clock
  readonly bell: Bell
  /** Whether anybody still waits for it. */
  readonly isWanted: () => boolean
}

/** A store that is not there yet is waited for; one that refuses for good rejects. */
export async function openStore(parts: OpeningParts): Promise<void> {
  const { connector, watch, emitter, clock, bell, isWanted } = parts
  const retry = reconnectPolicy()
  const since = clock.monotonic()
  for (let attempt = 1; isWanted(); attempt++) {
    bell.listen()
    try {
      await connector.open()
      await watch.start()
      if (attempt > 1) emitter.emit('store:up', { downMs: clock.monotonic() - since })
      return
    } catch (error) {
      if (!connector.isTransient(error)) throw error
      emitter.emit('store:down', { error, attempt })
      await bell.rest(retry(attempt, error) ?? 0)
    }
  }
}
