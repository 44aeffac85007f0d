/** Milliseconds. Every field that holds them ends in `Ms`; seconds exist only at the edges (config, CLI, `later`, `release`). */
export type Ms = number

/** Seconds, as users of think-queue write them; fractions are allowed. */
export type Seconds = number

/** Five years: a longer delay is a mistake in units. */
export const longestDelay: Seconds = 5 * 366 * 24 * 3_600

/** A delay as `job.release` takes it. Throws a RangeError. */
export function releaseDelayMs(seconds: Seconds): Ms {
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= longestDelay)
    return Math.ceil(seconds * 1_000)
  throw new RangeError(
    `job.release(${String(seconds)}): the delay is a number of seconds, from 0 to ${longestDelay}`,
  )
}

/** The two clocks and the timers, in one seam so that a test can own time. */
export interface Clock {
  /** Wall time in ms since the epoch: for what is stored or shown, never for measuring. */
  wall(): Ms
  /** Monotonic ms: for measuring and deadlines, untouched by clock steps. */
  monotonic(): Ms
  /** Calls `fn` once after `delayMs`; the answer cancels it. The timer alone does not keep the process alive when `unref`. */
  after(delayMs: Ms, fn: () => void, options?: { readonly unref?: boolean }): () => void
}
