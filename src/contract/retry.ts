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
