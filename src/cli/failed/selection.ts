import type { FailedFilter, FailedJob, FailedJobs } from '../../contract/connector.ts'
import { ConfigError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { registryName, splitTask } from '../../jobs/names.ts'
import { checkQueueName, jobNameOf } from '../../payload.ts'
import { systemClock } from '../../process/clock.ts'
import { parseMoment } from '../moment.ts'
import { redact } from '../secrets.ts'

/** The flags of `withFilterOptions` as they were typed. */
export interface FilterFlags {
  readonly queue?: string | undefined
  readonly job?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly error?: string | undefined
}

/** Which failed jobs are meant. */
export interface Selection {
  /** What the store itself leaves out. */
  readonly filter: FailedFilter
  /** Ms since the epoch; what failed before is not meant. */
  readonly since: Ms
  /** What else must hold; absent: nothing. */
  readonly matches?: (job: FailedJob) => boolean
}

/** How many failed jobs are read, or put back, at a time. */
export const pageSize = 200

/** Throws a `ConfigError` naming the flag that cannot be read. */
export function selectionOf({ queue, job, since, until, error }: FilterFlags): Selection {
  const now = systemClock.wall()
  const from = since === undefined ? -Infinity : parseMoment(since, '--since', now)
  const before = until === undefined ? undefined : endOf(until, parseMoment(until, '--until', now))
  if (before !== undefined && from > before)
    throw new ConfigError(`--since ${since} is later than --until ${until}`)
  if (job?.trim() === '') throw new ConfigError(`--job is "${job}"; expected the name of a job`)
  const tests = [...(job === undefined ? [] : [isNamed(job)]), ...(error === undefined ? [] : [says(error)])]
  return {
    filter: {
      ...(queue === undefined ? {} : { queue: checkQueueName(queue) }),
      ...(before === undefined ? {} : { before }),
    },
    since: from,
    ...(tests.length === 0 ? {} : { matches: (each) => tests.every((test) => test(each)) }),
  }
}

/** Those that are meant, newest first, at most `limit`, in pages; what fails in the meantime is not among them. */
export async function* selected(
  failed: FailedJobs,
  { filter, since, matches }: Selection,
  limit = Infinity,
): AsyncGenerator<readonly FailedJob[]> {
  let last: FailedJob | undefined
  for (let left = limit; left > 0; ) {
    const most = matches === undefined ? Math.min(left, pageSize) : pageSize
    const page = await failed.all({ ...filter, limit: most, ...(last && { after: last }) })
    if (page.length === 0) return
    if (page[0]!.id === last?.id)
      throw new Error('this store does not know `after` of its failed jobs: see thinkq/testing')
    const meant = page.filter((job) => job.failedAt >= since && (matches?.(job) ?? true)).slice(0, left)
    yield meant
    left -= meant.length
    // Stores sort by time or by id, which differ by as much as clocks do: one old job is not the end, a page of them is.
    if (page.every(({ failedAt }) => failedAt < since)) return
    last = page.at(-1)
  }
}

/** A second, as tables show it, is meant to its end. */
function endOf(text: string, moment: Ms): Ms {
  return /\.\d/.test(text) ? moment : moment + 999
}

/** By the names that reach the same job, however PHP spells them. */
function isNamed(wanted: string) {
  const { path, task } = splitTask(wanted)
  const key = registryName(path)
  return ({ body }: FailedJob) => {
    const name = jobNameOf(body)
    if (name === null || name === wanted) return name === wanted
    const found = splitTask(name)
    return registryName(found.path) === key && (!wanted.includes('@') || found.task === task)
  }
}

/** As it is shown, so that nothing hidden can be guessed at. */
function says(text: string) {
  const wanted = text.toLowerCase()
  return ({ reason }: FailedJob) => redact(reason).toLowerCase().includes(wanted)
}
