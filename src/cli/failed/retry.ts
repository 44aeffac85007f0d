import { parsePositiveCount } from '../../config/units.ts'
import type { PullConnector } from '../../contract/connector.ts'
import { ConfigError } from '../../contract/errors.ts'
import type { GlobalFlags } from '../commands.ts'
import { print, printJson } from '../output.ts'
import { type Progress, withProgress } from '../progress.ts'
import { withStore } from '../session.ts'
import { type FilterFlags, pageSize, type Selection, selected, selectionOf } from './selection.ts'
import { counted, refuseMissing } from './words.ts'

interface RetryFlags extends GlobalFlags, FilterFlags {
  readonly range?: string | undefined
  readonly limit?: string | undefined
  readonly json?: true | undefined
}

/** Ids in parts, as they are put back. */
type Parts = AsyncIterable<readonly string[]> | Iterable<readonly string[]>

/** Longest `--range`: more is a slip of the pen. */
const longestRange = 100_000

/** Back into their queues. Ends with code 1 when one of the ids named is not there. */
export async function retryFailed(ids: readonly string[], flags: RetryFlags): Promise<void> {
  const named = namedIds(ids, flags)
  const selection = selectionOf(flags)
  const limit = flags.limit === undefined ? undefined : parsePositiveCount(flags.limit, '--limit')
  const moved = await withStore(flags, (store) =>
    withProgress('retrying failed jobs', (progress) => {
      if (named === undefined) return moveAll(store, matching(store, selection, limit, progress), progress)
      progress.expect(named.length)
      return moveAll(store, parts(named), progress)
    }),
  )
  if (flags.json) for (const id of moved) printJson({ id })
  else print(`${counted(moved.length)} back in ${moved.length === 1 ? 'its queue' : 'their queues'}.`)
  if (named !== undefined && flags.range === undefined) refuseMissing(ids, moved)
}

/** What was moved before an error stays moved. */
async function moveAll(
  { failed }: PullConnector,
  all: Parts,
  progress: Progress,
): Promise<readonly string[]> {
  const moved: string[] = []
  for await (const ids of all) {
    moved.push(...(await failed.retry(ids)))
    progress.add(ids.length)
  }
  return moved
}

/** Of one queue alone the store knows how many there are; it is asked when they are many. */
async function* matching(
  store: PullConnector,
  selection: Selection,
  limit: number | undefined,
  progress: Progress,
): AsyncGenerator<readonly string[]> {
  const { filter, since, matches } = selection
  const isWholeQueue = filter.before === undefined && since === -Infinity && matches === undefined
  let isFirst = true
  for await (const page of selected(store.failed, selection, limit)) {
    if (isFirst && page.length === pageSize && isWholeQueue && filter.queue !== undefined)
      progress.expect(Math.min((await store.size(filter.queue)).failed, limit ?? Infinity))
    isFirst = false
    yield page.map(({ id }) => id)
  }
}

function* parts(ids: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += pageSize) yield ids.slice(at, at + pageSize)
}

/** The ids that are named one by one or as a range; undefined: all that the filters leave. Throws a `ConfigError`. */
function namedIds(ids: readonly string[], flags: RetryFlags): readonly string[] | undefined {
  const { range, limit, queue, job, since, until, error } = flags
  const filters = Object.entries({ queue, job, since, until, error })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => `--${flag}`)
  const isAll = ids.includes('all')
  if (isAll && ids.length > 1) throw new ConfigError('say all or ids, not both')
  if (ids.length === 0 && range === undefined && filters.length === 0)
    throw new ConfigError(
      'say which failed jobs: ids, all, --range <from-to>, or a filter such as --queue <name> or --job <name>',
    )
  const others = [...(range === undefined ? [] : ['--range']), ...filters, ...(limit ? ['--limit'] : [])]
  if (ids.length > 0 && !isAll && others.length > 0)
    throw new ConfigError(`say ids or ${others.join(', ')}, not both`)
  if (range === undefined) return isAll || ids.length === 0 ? undefined : ids
  if (isAll || others.length > 1)
    throw new ConfigError(`say --range or ${isAll ? 'all' : others.slice(1).join(', ')}, not both`)
  return idsOf(range)
}

function idsOf(range: string): readonly string[] {
  const [, from, to] = /^\s*(\d{1,15})\s*-\s*(\d{1,15})\s*$/.exec(range) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (!(first <= last)) throw new ConfigError(`--range is "${range}"; expected two ids such as 1-20`)
  if (last - first >= longestRange)
    throw new ConfigError(`--range is "${range}"; at most ${longestRange} ids at a time`)
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index))
}
