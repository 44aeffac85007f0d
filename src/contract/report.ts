import type { Outcome } from './events.ts'
import type { Ms, Seconds } from './time.ts'

/** How many of something took how long: one count for each bound of a bucket, and a last one for what took longer than all. */
export interface Spread {
  readonly counts: readonly number[]
  readonly sum: Seconds
}

/** What became of the jobs of one name in one queue. */
export interface JobTally {
  readonly queue: string
  /** As the registry calls it; `unknown` for every name that it does not know. */
  readonly job: string
  /** Runs that ended without an error. */
  readonly processed: Readonly<Record<Outcome, number>>
  /** Runs that threw or timed out. */
  readonly errors: number
  /** Jobs that were buried. */
  readonly failed: number
  /** Leases that were lost while the job ran. */
  readonly lost: number
  readonly durations: Spread
  /** From push to first start, of those whose id says when they were pushed. */
  readonly waits: Spread
}

/** What one worker process says of itself. */
export interface WorkerReport {
  readonly tallies: readonly JobTally[]
  /** Jobs under way by queue. */
  readonly running: Readonly<Record<string, number>>
  /** Queues that are paused. */
  readonly paused: readonly string[]
  readonly health: WorkerHealth
  readonly usage: ProcessUsage
}

interface WorkerHealth {
  /** Whether it has reached its store, and neither stops nor was told to be quiet. */
  readonly takesJobs: boolean
  /** Since the store was last asked for jobs and answered; null: never. */
  readonly reservedMs: Ms | null
  /** Since then, or since it began to want jobs if that is later; 0 while it wants none. */
  readonly hungryMs: Ms
  /** A worker that is well is not hungry for longer. */
  readonly boundMs: Ms
}

export interface ProcessUsage {
  readonly cpu: Seconds
  /** Undefined where it cannot be told. */
  readonly residentBytes?: number | undefined
  /** Seconds since the epoch. */
  readonly startedAt: Seconds
}
