import type { Ms, Seconds } from '../../contract/time.ts'
import type { Executor } from '../../database/database.ts'
import { leaseEndedSince } from './claim.ts'
import type { Outlook } from './dialect.ts'
import type { MysqlLeases } from './mysql-leases.ts'
import type { TableNames } from './options.ts'
import { StoreClock } from './store-clock.ts'

/** How often others' pushes are looked for so long after the last job; later the rests grow while nothing happens. */
const rests: readonly { readonly withinMs: Ms; readonly restMs: Ms }[] = [
  { withinMs: 5_000, restMs: 5 },
  { withinMs: 60_000, restMs: 10 },
]
const shortestRestMs = 10
const longestRestMs = 250
/** A look may take this part of the time: without an index one reads the whole table, and a server may be slow. */
const shareOfLooks = 0.2

/** The server's time in ms since the epoch, whatever zone the session has. */
const nowSql = '(UNIX_TIMESTAMP() * 1000 + MICROSECOND(NOW(6)) DIV 1000)'

const clockSql = `SELECT NULL AS due, ${nowSql} AS now`

interface Look {
  readonly due: Seconds | null
  readonly now: Ms
}

/** What is due and when, and what time it is there: MySQL tells nobody of commits, so it is looked for. */
export class MysqlOutlook {
  readonly #look: string
  readonly #leases: MysqlLeases
  readonly #clock = new StoreClock()
  #lookMs: Ms = 0

  constructor({ jobs }: TableNames, leases: MysqlLeases) {
    this.#look = `SELECT (SELECT MIN(available_at) FROM \`${jobs}\` WHERE queue = ? AND reserved = 0) AS due, ${nowSql} AS now`
    this.#leases = leases
  }

  async nowMs(executor: Executor): Promise<Ms> {
    return this.#clock.now ?? this.#read(await executor.query<Look>(clockSql))
  }

  async look(executor: Executor, queues: readonly string[], expireMs: Ms | null, now?: Ms): Promise<Outlook> {
    const askedAt = performance.now()
    const sql = queues.map(() => this.#look).join(' UNION ALL ')
    const rows = await executor.query<Look>(sql || clockSql, queues)
    this.#lookMs = performance.now() - askedAt
    const nowMs = this.#read(rows)
    return {
      nowMs,
      dueAt: earliest(rows.map(({ due }) => due)),
      leasedAt: expireMs === null ? null : await this.#oldestLease(executor, queues, now ?? nowMs, expireMs),
    }
  }

  #oldestLease(
    executor: Executor,
    queues: readonly string[],
    nowMs: Ms,
    expireMs: Ms,
  ): Promise<Seconds | null> {
    const now = Math.floor(nowMs / 1000)
    return this.#leases.oldest(executor, queues, now, leaseEndedSince(nowMs, expireMs))
  }

  #read(rows: readonly Look[]): Ms {
    const nowMs = Number(rows[0]?.now)
    this.#clock.read(nowMs)
    return nowMs
  }

  restMs(looks: number, quietMs: Ms): Ms {
    const active = rests.find(({ withinMs }) => quietMs < withinMs)?.restMs
    const restMs = active ?? shortestRestMs * 1.5 ** looks
    return Math.min(Math.max(restMs, this.#lookMs / shareOfLooks), longestRestMs)
  }
}

function earliest(times: readonly (Seconds | null)[]): Seconds | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
