import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { QueueError } from '../contract/errors.ts'
import type { JobEntry } from '../contract/job.ts'
import { foundClass, foundFunction } from '../jobs/entry.ts'
import { exportedJob } from '../jobs/exported.ts'
import { defaultTask } from '../jobs/names.ts'
import { readSettings } from '../jobs/settings.ts'
import { decodePayload, encodeData, encodePayload } from '../payload.ts'
import { loadModule } from '../process/modules.ts'
import { type JobRun, LoneJob } from './lone-job.ts'

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
  const path = file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : file
  const entry = await entryOf(path, task)
  const body = encodePayload('row', { job: entry.name, data: encodeData(data), id: '1' })
  const job = new LoneJob(entry.name, body, attempts, effects)
  await entry.open().run(job, decodePayload(body, 'bigint').data)
  if (entry.kind === 'function') await job.delete()
  return job.run
}

async function entryOf(file: string, task: string): Promise<JobEntry> {
  const name = basename(file, extname(file))
  const exported = exportedJob(await loadModule(file), name)
  if (exported.kind === 'none') throw new QueueError('JOB', `${file}: ${exported.why}`)
  const { settings } = readSettings(exported.job)
  const origin = { name, file, jobName: undefined, settings }
  const { tasks } =
    exported.kind === 'class' ? foundClass(origin, exported.job) : foundFunction(origin, exported.job)
  const entry = tasks.get(task)
  if (entry === undefined) throw new QueueError('JOB', `${file}: it has no method ${task}`)
  return entry
}
