import type { JobTally } from '../contract/report.ts'
import { addTally, emptyTally, type OpenTally } from './tally.ts'

/** Tallies by queue and job. */
export class Tallies implements Iterable<JobTally> {
  readonly #queues = new Map<string, Map<string, OpenTally>>()

  of(queue: string, job: string): OpenTally {
    let jobs = this.#queues.get(queue)
    if (jobs === undefined) {
      jobs = new Map()
      this.#queues.set(queue, jobs)
    }
    let tally = jobs.get(job)
    if (tally === undefined) {
      tally = emptyTally(queue, job)
      jobs.set(job, tally)
    }
    return tally
  }

  add(tallies: Iterable<JobTally>): void {
    for (const tally of tallies) addTally(this.of(tally.queue, tally.job), tally)
  }

  *[Symbol.iterator](): Iterator<JobTally> {
    for (const jobs of this.#queues.values()) yield* jobs.values()
  }
}
