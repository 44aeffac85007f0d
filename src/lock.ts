import type { Cache } from './contract/connector.ts'
import { StoreError } from './contract/errors.ts'
import type { Clock, Ms } from './contract/time.ts'

/** A holder that died lets others in after so long. */
const holdMs: Ms = 5_000
const retryMs: Ms = 20

/** Does something that only one process at a time may do on a store. Rejects, transient, with `busy` when others hold the lock for long. */
export async function withLock<Result>(
  { cache, clock, name, busy }: { cache: Cache; clock: Clock; name: string; busy: string },
  work: () => Promise<Result>,
): Promise<Result> {
  const deadline = clock.monotonic() + 2 * holdMs
  while (!(await cache.add(name, '1', holdMs))) {
    if (clock.monotonic() > deadline) throw new StoreError(busy, { transient: true })
    await new Promise<void>((resolve) => clock.after(retryMs, resolve))
  }
  try {
    return await work()
  } finally {
    await cache.forget(name)
  }
}
