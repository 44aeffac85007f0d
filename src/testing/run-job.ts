import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { QueueError } from '../contract/errors.ts'
import type { Outcome } from '../contract/events.ts'
import type { Job, JobEntry } from '../contract/job.ts'
import type { Seconds } from '../contract/time.ts'
import { foundClass, foundFunction } from '../jobs/entry.ts'
import { exportedJob } from '../jobs/exported.ts'
import { defaultTask } from '../jobs/names.ts'
import { decodePayload, encodeData, encodePayload } from '../payload.ts'
import { loadModule } from '../process/modules.ts'

export interface RunJobOptions {
  /** A method other than `fire`. */
  readonly task?: string
  /** Which delivery the job is told this is. Default 1. */
  readonly attempts?: number
}

/** What a job did with itself. */
export interface JobRun {
  /** `unsettled`: it neither deleted nor released itself nor failed. */
  readonly outcome: Outcome
  /** What it was released with. */
  readonly delay?: Seconds
  /** What it gave to `fail()`. */
  readonly reason?: unknown
}

/**
 * Runs the job of one module once, without a store: for its own test. The module is loaded as a worker loads it, TypeScript
 * too, and the data arrives as it would from a queue. Rejects with what the job throws; `failed()` is not called.
 */
export async function runJob(
  file: string | URL,
  data?: unknown,
  { task = defaultTask, attempts = 1 }: RunJobOptions = {},
): Promise<JobRun> {
  const path = file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : file
  const entry = await entryOf(path, task)
  const body = encodePayload('row', { job: entry.name, data: encodeData(data), id: '1' })
  const job = new LoneJob(entry.name, body, attempts)
  await entry.open().run(job, decodePayload(body, 'bigint').data)
  if (entry.kind === 'function') await job.delete()
  return job.end ?? { outcome: 'unsettled' }
}

async function entryOf(file: string, task: string): Promise<JobEntry> {
  const name = basename(file, extname(file))
  const exported = exportedJob(await loadModule(file), name)
  if (exported.kind === 'none') throw new QueueError('JOB', `${file}: ${exported.why}`)
  const origin = { name, file, jobName: undefined, settings: {} }
  const { tasks } =
    exported.kind === 'class' ? foundClass(origin, exported.job) : foundFunction(origin, exported.job)
  const entry = tasks.get(task)
  if (entry === undefined) throw new QueueError('JOB', `${file}: it has no method ${task}`)
  return entry
}

/** A delivery that belongs to no store: the first decision stands, as in a worker. */
class LoneJob implements Job {
  readonly id = '1'
  readonly name: string
  readonly queue = 'default'
  readonly attempts: number
  readonly rawBody: string
  readonly signal = new AbortController().signal
  end: JobRun | undefined

  constructor(name: string, rawBody: string, attempts: number) {
    this.name = name
    this.rawBody = rawBody
    this.attempts = attempts
  }

  get isDeleted(): boolean {
    return this.end?.outcome === 'deleted'
  }
  get isReleased(): boolean {
    return this.end?.outcome === 'released'
  }
  get hasFailed(): boolean {
    return this.end?.outcome === 'failed'
  }

  async delete(): Promise<boolean> {
    this.end ??= { outcome: 'deleted' }
    return this.isDeleted
  }

  async release(delay: Seconds = 0): Promise<boolean> {
    this.end ??= { outcome: 'released', delay }
    return this.isReleased
  }

  async fail(reason?: unknown): Promise<boolean> {
    this.end ??= { outcome: 'failed', reason }
    return this.hasFailed
  }
}
