import { parseHours, parsePositiveCount } from '../config/units.ts'
import type { FailedFilter, FailedJob, PullConnector } from '../contract/connector.ts'
import { ConfigError } from '../contract/errors.ts'
import { jobNameOf } from '../payload.ts'
import { systemClock } from '../process/clock.ts'
import type { GlobalFlags } from './commands.ts'
import { Exit } from './failure.ts'
import { complain, oneLine, print, printJson, shortened, stamp, styleOf, wantsColors } from './output.ts'
import { redact } from './secrets.ts'
import { withStore } from './session.ts'
import { table } from './table.ts'

interface ListFlags extends GlobalFlags {
  readonly queue?: string | undefined
  readonly limit: string
  readonly json?: true | undefined
}

interface RetryFlags extends GlobalFlags {
  readonly queue?: string | undefined
  readonly range?: string | undefined
  readonly json?: true | undefined
}

/** Longest `--range`: more is a slip of the pen. */
const longestRange = 100_000

/** How many failed jobs are moved at a time. */
const pageSize = 500

/** Newest first. The table shows the first line of each error and never the payload. */
export async function listFailed(flags: ListFlags): Promise<void> {
  const limit = parsePositiveCount(flags.limit, '--limit')
  const filter = flags.queue === undefined ? { limit } : { limit, queue: flags.queue }
  const jobs = await withStore(flags, (store) => store.failed.all(filter))
  if (flags.json) {
    for (const job of jobs) printJson(record(job))
    return
  }
  if (jobs.length === 0) return print('No failed jobs.')
  print(table(['id', 'queue', 'job', 'failed at', 'error'], jobs.map(row), styleOf(wantsColors(flags.color))))
  if (jobs.length === limit) print(`  The newest ${limit}; --limit shows more.`)
}

/** Back into their queues. Ends with code 1 when one of the ids named is not there. */
export async function retryFailed(ids: readonly string[], flags: RetryFlags): Promise<void> {
  const { queue, range } = flags
  const isAll = ids.length === 1 && ids[0] === 'all'
  const asked = [ids.length > 0, queue !== undefined && !isAll, range !== undefined].filter(Boolean).length
  if (asked !== 1)
    throw new ConfigError('say which failed jobs: ids, all, --queue <name> or --range <from-to>')
  const moved = await withStore(flags, (store) => {
    if (range !== undefined) return store.failed.retry(idsOf(range))
    if (isAll || queue !== undefined) return retryAll(store, queue)
    return store.failed.retry(ids)
  })
  if (flags.json) for (const id of moved) printJson({ id })
  else print(`${counted(moved.length)} back in ${moved.length === 1 ? 'its queue' : 'their queues'}.`)
  if (!isAll) refuseMissing(ids, moved)
}

/** Ends with code 1 when one of the ids is not there. */
export async function forgetFailed(ids: readonly string[], flags: GlobalFlags): Promise<void> {
  const { known, count } = await withStore(flags, async ({ failed }) => ({
    known: (await failed.all({ ids })).map(({ id }) => id),
    count: await failed.forget(ids),
  }))
  print(`${counted(count)} forgotten.`)
  refuseMissing(ids, known)
}

export async function flushFailed(
  flags: GlobalFlags & { readonly hours?: string | undefined },
): Promise<void> {
  const hours = flags.hours === undefined ? undefined : parseHours(flags.hours, '--hours')
  const before = hours === undefined ? undefined : systemClock.wall() - hours * 3_600_000
  const count = await withStore(flags, (store) => store.failed.flush(before))
  print(`${counted(count)} removed.`)
}

/** What fails again meanwhile is not moved twice. */
async function retryAll(store: PullConnector, queue: string | undefined): Promise<readonly string[]> {
  const filter: FailedFilter = { limit: pageSize, before: systemClock.wall(), ...(queue && { queue }) }
  const moved: string[] = []
  for (;;) {
    const page = await store.failed.all(filter)
    const ids = await store.failed.retry(page.map(({ id }) => id))
    moved.push(...ids)
    if (ids.length === 0) return moved
  }
}

function idsOf(range: string): readonly string[] {
  const [, from, to] = /^\s*(\d{1,15})\s*-\s*(\d{1,15})\s*$/.exec(range) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (!(first <= last)) throw new ConfigError(`--range is "${range}"; expected two ids such as 1-20`)
  if (last - first >= longestRange)
    throw new ConfigError(`--range is "${range}"; at most ${longestRange} ids at a time`)
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index))
}

function refuseMissing(ids: readonly string[], known: readonly string[]): void {
  const missing = ids.filter((id) => !known.includes(id))
  if (missing.length === 0) return
  complain(`no failed job has the id ${missing.map(oneLine).join(', ')}`)
  throw new Exit(1)
}

function counted(count: number): string {
  return count === 1 ? '1 failed job' : `${count} failed jobs`
}

function row({ id, queue, body, reason, failedAt }: FailedJob): readonly string[] {
  const error = shortened(oneLine(redact(reason.split('\n', 1)[0]!)), 80)
  const job = shortened(oneLine(jobNameOf(body) ?? '?'), 60)
  return [id, oneLine(queue), job, stamp(new Date(failedAt)), error]
}

function record({ id, connection, queue, body, reason, failedAt }: FailedJob) {
  const job = jobNameOf(body)
  return {
    id,
    connection,
    queue,
    job,
    failedAt: new Date(failedAt).toISOString(),
    error: redact(reason),
    payload: body,
  }
}
