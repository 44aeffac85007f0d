import type { Clock } from '../contract/time.ts'

/** The machine's own clocks. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, fn, options) {
    const timer = setTimeout(fn, Math.min(delayMs, 2 ** 31 - 1))
    if (options?.unref) timer.unref()
    return () => clearTimeout(timer)
  },
}
