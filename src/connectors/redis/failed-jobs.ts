import type { FailedFilter, FailedJob, FailedJobs } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { chunks } from './groups.ts'
import type { Keys, QueueKeys } from './keys.ts'
import type { Link } from './link.ts'
import { mostMoved } from './lua/exchange.ts'
import { forgetScript, retryScript } from './lua/failed.ts'
import { renewed } from './member.ts'

/** One record as it is stored: a line of JSON, then the member's own bytes. */
interface Record {
  readonly id: string
  readonly connection: string
  readonly reason: string
  readonly member: Buffer
}

/** Failed jobs in Redis: for each queue a sorted set of ids by time, and a hash of records. */
export class RedisFailedJobs implements FailedJobs {
  readonly #link: () => Promise<Link>
  readonly #keys: Keys

  constructor(link: () => Promise<Link>, keys: Keys) {
    this.#link = link
    this.#keys = keys
  }

  async all({ ids, queue, before, limit = Infinity }: FailedFilter = {}): Promise<readonly FailedJob[]> {
    const link = await this.#link()
    const found: FailedJob[] = []
    for (const keys of await this.#queues(link, queue)) {
      const times =
        ids === undefined ? await failedSince(link, keys, before, limit) : await timesOf(link, keys, ids)
      for (const part of chunks(
        [...times].filter(([, at]) => at <= (before ?? Infinity)),
        mostMoved,
      )) {
        for (const record of await records(
          link,
          keys,
          part.map(([id]) => id),
        )) {
          found.push(failedJob(record, keys.queue, times.get(record.id)!))
        }
      }
    }
    found.sort((a, b) => b.failedAt - a.failedAt)
    return found.slice(0, limit)
  }

  async retry(ids: readonly string[]): Promise<readonly string[]> {
    const link = await this.#link()
    const moved: string[] = []
    for (const keys of await this.#queues(link)) {
      for (const part of chunks(ids, mostMoved)) {
        const pairs = (await records(link, keys, part)).flatMap(({ id, member }) => [id, nextMember(member)])
        if (pairs.length === 0) continue
        const { list, failed, records: hash } = keys
        moved.push(...((await link.run(retryScript, [list, failed, hash], pairs)) as string[]))
      }
    }
    return moved
  }

  async forget(ids: readonly string[]): Promise<number> {
    const link = await this.#link()
    let count = 0
    for (const keys of await this.#queues(link)) {
      for (const part of chunks(ids, mostMoved)) count += await forget(link, keys, part)
    }
    return count
  }

  async flush(before?: Ms): Promise<number> {
    const link = await this.#link()
    let count = 0
    for (const keys of await this.#queues(link)) {
      for (;;) {
        const times = await failedSince(link, keys, before, mostMoved)
        if (times.size === 0) break
        count += await forget(link, keys, [...times.keys()])
      }
    }
    return count
  }

  async #queues(link: Link, queue?: string): Promise<readonly QueueKeys[]> {
    const names =
      queue === undefined ? ((await link.send('SMEMBERS', [this.#keys.queues])) as string[]) : [queue]
    return names.sort().map((name) => this.#keys.of(name))
  }
}

/** Ids and times, newest first. */
async function failedSince(link: Link, keys: QueueKeys, before: Ms = Infinity, limit: number) {
  const most = before === Infinity ? '+inf' : String(before)
  const count = limit === Infinity ? -1 : limit
  const answer = (await link.send('ZREVRANGEBYSCORE', [
    ...[keys.failed, most, '-inf', 'WITHSCORES'],
    ...['LIMIT', 0, count],
  ])) as string[]
  const times = new Map<string, Ms>()
  for (let at = 0; at < answer.length; at += 2) times.set(answer[at]!, Number(answer[at + 1]))
  return times
}

async function timesOf(link: Link, keys: QueueKeys, ids: readonly string[]) {
  const times = new Map<string, Ms>()
  for (const part of chunks(ids, mostMoved)) {
    const scores = (await link.send('ZMSCORE', [keys.failed, ...part])) as (string | null)[]
    part.forEach((id, at) => {
      if (scores[at] != null) times.set(id, Number(scores[at]))
    })
  }
  return times
}

async function records(link: Link, keys: QueueKeys, ids: readonly string[]): Promise<readonly Record[]> {
  const stored = (await link.sendBuffer('HMGET', [keys.records, ...ids])) as (Buffer | null)[]
  return stored.flatMap((record, at) => {
    if (record === null) return []
    const line = record.indexOf(10)
    const head = JSON.parse(record.toString('utf8', 0, line)) as Pick<Record, 'connection' | 'reason'>
    return [{ id: ids[at]!, ...head, member: record.subarray(line + 1) }]
  })
}

function failedJob({ id, connection, reason, member }: Record, queue: string, failedAt: Ms): FailedJob {
  return { id, connection, queue, body: member.toString(), reason, failedAt }
}

/** Bytes that are no text are put back as they are. */
function nextMember(member: Buffer): string | Buffer {
  const body = member.toString()
  return Buffer.byteLength(body) === member.length && Buffer.from(body).equals(member)
    ? renewed(body)
    : member
}

async function forget(link: Link, { failed, records }: QueueKeys, ids: readonly string[]): Promise<number> {
  return (await link.run(forgetScript, [failed, records], ids)) as number
}
