import type { Backoff } from './job.ts'
import type { Ms } from './time.ts'

/** How long to wait before the next try. `attempt` counts from 1 (the try that has just failed); `null` gives up. */
export type RetryPolicy = (attempt: number, error: unknown) => Ms | null

/** Exponential from `minMs` to `maxMs` with full jitter, for ever: what every reconnect of this project uses. */
export function reconnectPolicy(
  minMs: Ms = 50,
  maxMs: Ms = 5_000,
  random: () => number = Math.random,
): RetryPolicy {
  return (attempt) => {
    const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30))
    return Math.max(minMs, Math.round(random() * ceiling))
  }
}

/** Longest wait of an exponential backoff. */
const exponentialCapMs: Ms = 3_600_000

/**
 * The wait before the try after try `attempt`, counting from 1. A list's last figure repeats. `exponential` doubles from 2 s to
 * at most an hour, with equal jitter: half of it certain, half by chance, so that jobs that failed together do not come back
 * together, and none comes back at once.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number = Math.random): Ms {
  const tried = Math.max(attempt, 1)
  if (backoff === 'exponential') {
    const ceilingMs = Math.min(exponentialCapMs, 1_000 * 2 ** Math.min(tried, 30))
    return Math.round((ceilingMs * (1 + random())) / 2)
  }
  if (typeof backoff === 'number') return Math.round(backoff * 1_000)
  return Math.round((backoff[Math.min(tried, backoff.length) - 1] ?? 0) * 1_000)
}

/** What a worker does with a failed run of a job that says nothing itself. */
export interface RetrySettings {
  /** 0: for ever. */
  readonly tries: number
  readonly backoffMs: (attempt: number) => Ms
  readonly backoffOf: (backoff: Backoff, attempt: number) => Ms
}

/** How long until the next try after `attempts` of them; null: that was the last. */
export function retryDelayMs(
  attempts: number,
  job: { readonly tries?: number | undefined; readonly backoff?: Backoff | undefined } | undefined,
  settings: RetrySettings,
): Ms | null {
  const tries = job?.tries ?? settings.tries
  if (tries > 0 && attempts >= tries) return null
  return job?.backoff === undefined ? settings.backoffMs(attempts) : settings.backoffOf(job.backoff, attempts)
}
