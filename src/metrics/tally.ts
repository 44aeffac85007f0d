import type { Outcome } from '../contract/events.ts'
import type { JobTally } from '../contract/report.ts'
import { addSpread, durationBounds, emptySpread, type OpenSpread, waitBounds } from './spread.ts'

/** A tally that is being counted. */
export interface OpenTally extends JobTally {
  readonly processed: Record<Outcome, number>
  errors: number
  failed: number
  lost: number
  readonly durations: OpenSpread
  readonly waits: OpenSpread
}

export function emptyTally(queue: string, job: string): OpenTally {
  return {
    queue,
    job,
    processed: { deleted: 0, released: 0, failed: 0, unsettled: 0 },
    errors: 0,
    failed: 0,
    lost: 0,
    durations: emptySpread(durationBounds),
    waits: emptySpread(waitBounds),
  }
}

export function addTally(to: OpenTally, from: JobTally): void {
  for (const outcome of Object.keys(to.processed) as Outcome[])
    to.processed[outcome] += from.processed[outcome]
  to.errors += from.errors
  to.failed += from.failed
  to.lost += from.lost
  addSpread(to.durations, from.durations)
  addSpread(to.waits, from.waits)
}
