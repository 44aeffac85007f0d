import type { Ms } from '../../contract/time.ts'
import type { SqliteDriver } from './driver.ts'
import { isBusy } from './failures.ts'

/** Longest pause between two tries for a lock. */
const longestPauseMs = 20

/** Tries `attempt` until no other connection is in its way or `deadline` (monotonic ms) has passed; the event loop runs on. */
export async function whenFree<T>(driver: SqliteDriver, deadline: Ms, attempt: () => T): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(driver, error) || performance.now() >= deadline) throw error
    }
    await pause(Math.random() * Math.min(longestPauseMs, 2 ** Math.min(failures, 10)))
  }
}

function pause(ms: Ms): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
