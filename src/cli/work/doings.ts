import type { Context } from '../../compose.ts'
import { systemClock } from '../../process/clock.ts'
import type { Child } from '../../process/supervisor.ts'
import type { JobInHand, WorkerDoings } from '../../roster/card.ts'
import { jobsNamed } from '../../roster/card.ts'
import type { Worker } from '../../worker/worker.ts'

/** What a card says of the jobs, whoever runs them. */
export type JobDoings = Pick<WorkerDoings, 'done' | 'failed' | 'taken' | 'reserveAgeMs' | 'jobs' | 'running'>

/** Jobs that were reserved, by queue. */
export class Taken {
  readonly #counts = new Map<string, number>()

  readonly add = (queue: string, jobs: number): void => {
    this.#counts.set(queue, (this.#counts.get(queue) ?? 0) + jobs)
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}

export const nothingDone: JobDoings = {
  done: 0,
  failed: 0,
  taken: {},
  reserveAgeMs: null,
  jobs: [],
  running: 0,
}

/** Counts what a worker does from now on; the answer tells it as it is then. */
export function doingsOf(worker: Worker, taken: Taken, { emitter, clock }: Context): () => JobDoings {
  let [done, failed] = [0, 0]
  emitter.on('job:processed', () => done++)
  emitter.on('job:error', () => failed++)
  return () => {
    const now = clock.monotonic()
    const { reservedAt, running } = worker
    const reserveAgeMs = reservedAt === undefined ? null : now - reservedAt
    const jobs = [...running].map(({ id, name, queue, attempts, startedAt }): JobInHand => {
      return { id, name, queue, attempts, forMs: now - startedAt }
    })
    return { done, failed, taken: taken.counts, reserveAgeMs, jobs: oldest(jobs), running: jobs.length }
  }
}

/** What a listener does, whose children run the jobs and ask the store for them. */
export function doingsOfChildren(
  children: Iterable<Child>,
  { ran, failed, taken }: { ran: number; failed: number; taken: Taken },
): JobDoings {
  const now = systemClock.monotonic()
  const jobs = [...children].flatMap(({ job, beganAt, held }) =>
    held.map(({ id, queue, attempts }): JobInHand => {
      return { id, name: job.name || '?', queue, attempts, forMs: beganAt === undefined ? 0 : now - beganAt }
    }),
  )
  return {
    done: ran - failed,
    failed,
    taken: taken.counts,
    reserveAgeMs: null,
    jobs: oldest(jobs),
    running: jobs.length,
  }
}

function oldest(jobs: readonly JobInHand[]): readonly JobInHand[] {
  return jobs.toSorted((one, other) => other.forMs - one.forMs).slice(0, jobsNamed)
}
