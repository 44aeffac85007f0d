import type { FailedFilter } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { chunks } from './groups.ts'
import type { QueueKeys } from './keys.ts'
import type { Link } from './link.ts'
import { mostMoved } from './lua/exchange.ts'

/** Where a failed job stands in the list. */
export interface FailedPlace {
  readonly id: string
  readonly failedAt: Ms
  readonly queue: string
  readonly keys: QueueKeys
}

type Entry = Pick<FailedPlace, 'id' | 'failedAt'>

/** The places of one queue that the filter leaves, at most `limit` of them; their records are not read. */
export async function placesIn(
  link: Link,
  keys: QueueKeys,
  filter: FailedFilter,
): Promise<readonly FailedPlace[]> {
  const { ids, before = Infinity, after, limit } = filter
  const entries = ids === undefined ? await newest(link, keys, filter) : await timesOf(link, keys, ids)
  return entries
    .filter((entry) => entry.failedAt <= before && (after === undefined || newestFirst(after, entry) < 0))
    .sort(newestFirst)
    .slice(0, limit)
    .map((entry) => ({ ...entry, queue: keys.queue, keys }))
}

/** The order of the list: the sorted set's own, from its end. */
export function newestFirst(a: Entry, b: Entry): number {
  return b.failedAt - a.failedAt || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id))
}

/** What failed in the very millisecond of `after` is read whole, since a sorted set has no place between equals to go on from. */
async function newest(link: Link, keys: QueueKeys, { before = Infinity, after, limit }: FailedFilter) {
  if (after === undefined || before < after.failedAt) return range(link, keys, bound(before), '-inf', limit)
  const at = String(after.failedAt)
  const [equals, older] = await Promise.all([
    range(link, keys, at, at),
    range(link, keys, `(${at}`, '-inf', limit),
  ])
  return [...equals, ...older]
}

function bound(before: Ms): string {
  return before === Infinity ? '+inf' : String(before)
}

async function range(link: Link, { failed }: QueueKeys, most: string, least: string, limit = -1) {
  const answer = (await link.send('ZREVRANGEBYSCORE', [
    ...[failed, most, least, 'WITHSCORES'],
    ...['LIMIT', 0, Number.isFinite(limit) ? limit : -1],
  ])) as string[]
  const entries: Entry[] = []
  for (let at = 0; at < answer.length; at += 2)
    entries.push({ id: answer[at]!, failedAt: Number(answer[at + 1]) })
  return entries
}

async function timesOf(link: Link, { failed }: QueueKeys, ids: readonly string[]) {
  const entries: Entry[] = []
  for (const part of chunks([...new Set(ids)], mostMoved)) {
    const scores = (await link.send('ZMSCORE', [failed, ...part])) as (string | null)[]
    part.forEach((id, at) => {
      if (scores[at] != null) entries.push({ id, failedAt: Number(scores[at]) })
    })
  }
  return entries
}
