import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { QueueError } from '../contract/errors.ts'
import type { Job, JobEntry } from '../contract/job.ts'
import { foundClass, foundFunction } from '../jobs/entry.ts'
import { exportedJob } from '../jobs/exported.ts'
import { readSettings } from '../jobs/settings.ts'
import { decodePayload, type encodeData, encodePayload } from '../payload.ts'
import { loadModule } from '../process/modules.ts'

export function pathOf(file: string | URL): string {
  return file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : file
}

/** The job of a module, loaded as a worker loads it. Throws `QueueError` `JOB` where there is none, or none with such a method. */
export async function entryIn(file: string, task: string): Promise<JobEntry> {
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

/** The payload of a job of that entry; `data` is what `encodeData` made of it. */
export function bodyFor(entry: JobEntry, data: ReturnType<typeof encodeData>): string {
  return encodePayload('row', { job: entry.name, data, id: '1' })
}

/** Runs it as a worker would: with the data as it arrives from a queue, and a function is deleted when it returns. */
export async function deliver(entry: JobEntry, job: Job): Promise<void> {
  await entry.open().run(job, decodePayload(job.rawBody, 'bigint').data)
  if (entry.kind === 'function') await job.delete()
}
