import { defaultTask } from '../jobs/names.ts'
import { encodeData } from '../payload.ts'
import { bodyFor, deliver, entryIn, pathOf } from './job-entry.ts'
import { type JobRun, LoneJob } from './lone-job.ts'
import { RunNotes } from './run-notes.ts'

export interface RunJobOptions {
  /** A method other than `fire`. */
  readonly task?: string
  /** Which delivery the job is told this is. Default 1. */
  readonly attempts?: number
  /** What earlier runs left behind: the keys of `once` and `onceIn` that are done, or begun and cut off. */
  readonly effects?: Readonly<Record<string, 'started' | 'done'>>
}

/**
 * Runs the job of one module once, without a store: for its own test. The module is loaded as a worker loads it, TypeScript
 * too, and the data arrives as it would from a queue. `job.once` and `onceIn` keep their notes in this run alone; `tx` is not looked at. Rejects with what the job throws; `failed()` is not called.
 */
export async function runJob(
  file: string | URL,
  data?: unknown,
  { task = defaultTask, attempts = 1, effects = {} }: RunJobOptions = {},
): Promise<JobRun> {
  const entry = await entryIn(pathOf(file), task)
  const rawBody = bodyFor(entry, encodeData(data))
  const job = new LoneJob({ name: entry.name, rawBody, attempts, store: new RunNotes(effects) })
  await deliver(entry, job)
  return job.run
}
