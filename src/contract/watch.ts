import type { Reservation, Settlement } from './connector.ts'
import type { JobEntry } from './job.ts'
import type { Ms } from './time.ts'

/** What a watch knows a job by that it could not take. */
export const unwatched = -1

/**
 * Told of the jobs a worker has in hand, as it happens, so that somebody can look after them while the worker's event loop is
 * blocked. Called for each job: it costs next to nothing.
 */
export interface JobWatch {
  /** Jobs came whose leases began no earlier than `at`, monotonic ms. Answers by which number each is known from then on. */
  hold(batch: readonly Reservation[], at: Ms): readonly number[]
  /** Its code is about to be called; 0: it may run for ever. */
  enter(job: number, entry: JobEntry, at: Ms, timeoutMs: Ms): void
  /** The code that was called last has returned, or given a promise. */
  leave(): void
  /** How it is to end, as soon as the store hears of it. */
  settle(job: number, settlement: Settlement): void
  /** The store has answered, or nothing is to be told to it. */
  forget(job: number): void
}

const none: readonly never[] = []

/** Where nobody watches. */
export const noWatch: JobWatch = {
  hold: () => none,
  enter() {},
  leave() {},
  settle() {},
  forget() {},
}
