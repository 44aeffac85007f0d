import type { FailedFilter, FailedJob, FailedJobs } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { type FailedPlace, newestFirst, placesIn } from './failed-places.ts'
import { byQueue, chunks } from './groups.ts'
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

  async all(filter: FailedFilter = {}): Promise<readonly FailedJob[]> {
    const link = await this.#link()
    const found: FailedPlace[] = []
    for (const keys of await this.#queues(link, filter.queue)) {
      found.push(...(await placesIn(link, keys, filter)))
    }
    return jobsAt(link, found.sort(newestFirst).slice(0, filter.limit))
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
        const places = await placesIn(link, keys, {
          ...(before !== undefined && { before }),
          limit: mostMoved,
        })
        if (places.length === 0) break
        count += await forget(
          link,
          keys,
          places.map(({ id }) => id),
        )
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

/** Those whose records are there, in the order of the places. */
async function jobsAt(link: Link, places: readonly FailedPlace[]): Promise<readonly FailedJob[]> {
  const jobs = new Map<FailedPlace, FailedJob>()
  for (const inQueue of byQueue(places).values()) {
    for (const part of chunks(inQueue, mostMoved)) {
      const { keys, queue } = part[0]!
      const byId = new Map(part.map((place) => [place.id, place]))
      for (const record of await records(link, keys, [...byId.keys()])) {
        const place = byId.get(record.id)!
        jobs.set(place, failedJob(record, queue, place.failedAt))
      }
    }
  }
  return places.flatMap((place) => jobs.get(place) ?? [])
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
