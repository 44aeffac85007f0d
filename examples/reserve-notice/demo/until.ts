import { setTimeout as pause } from 'node:timers/promises'

/** Between two looks. */
const intervalMs = 50
/** A demo that takes longer than this is stuck. */
const longestMs = 120_000

/** Looks until `isSo` answers true. Throws what it throws, and an error when it takes too long. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + longestMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`still waiting after ${longestMs / 1000} s`)
    await pause(intervalMs)
  }
}
