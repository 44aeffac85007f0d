import type { Spread } from '../contract/report.ts'
import type { Seconds } from '../contract/time.ts'

/** A spread that is being counted; its bounds are its owner's affair. */
export interface OpenSpread extends Spread {
  readonly counts: number[]
  sum: Seconds
}

/** Upper ends of the buckets for runs, from a millisecond to half an hour. */
export const durationBounds: readonly Seconds[] = [
  ...[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10, 30, 60, 300, 1_800],
]

/** The same for waits, from ten milliseconds to six hours. */
export const waitBounds: readonly Seconds[] = [
  ...[0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
  ...[3_600, 21_600],
]

export function emptySpread(bounds: readonly Seconds[]): OpenSpread {
  return { counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }
}

/** A value that is a bound belongs to the bucket that ends there. */
export function observe(spread: OpenSpread, bounds: readonly Seconds[], value: Seconds): void {
  let at = 0
  while (at < bounds.length && value > bounds[at]!) at++
  spread.counts[at]!++
  spread.sum += value
}

export function addSpread(to: OpenSpread, from: Spread): void {
  for (let at = 0; at < to.counts.length; at++) to.counts[at]! += from.counts[at] ?? 0
  to.sum += from.sum
}
