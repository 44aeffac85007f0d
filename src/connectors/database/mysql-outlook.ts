import type { Ms, Seconds } from '../../contract/time.ts'
import type { Executor } from '../../database/database.ts'
import type { Outlook } from './dialect.ts'
import type { TableNames } from './options.ts'
import { StoreClock } from './store-clock.ts'

/** How often others' pushes are looked for so long after the last job; later the rests grow while nothing happens. */
const rests: readonly { readonly withinMs: Ms; readonly restMs: Ms }[] = [
  { withinMs: 5_000, restMs: 5 },
  { withinMs: 60_000, restMs: 10 },
]
const shortestRestMs = 10
const longestRestMs = 250
/** A look may take this part of the time: without an index one reads the whole table. */
const shareOfLooks = 0.1

/** The server's time in ms since the epoch, whatever zone the session has. */
const nowSql = '(UNIX_TIMESTAMP() * 1000 + MICROSECOND(NOW(6)) DIV 1000)'

interface Look {
  readonly due: Seconds | null
  readonly leased: Seconds | string | null
  readonly now: Ms
}

/** What is due and when, and what time it is there: MySQL tells nobody of commits, so it is looked for. */
export class MysqlOutlook {
  readonly #look: string
  readonly #clock = new StoreClock()
  #lookMs: Ms = 0

  constructor({ jobs }: TableNames) {
    this.#look = `SELECT (SELECT MIN(available_at) FROM \`${jobs}\` WHERE queue = ? AND reserved = 0) AS due,
      (SELECT COALESCE(reserved_at, 0) FROM \`${jobs}\` WHERE queue = ? AND reserved = 1
        ORDER BY reserved_at LIMIT 1) AS leased, ${nowSql} AS now`
  }

  async nowMs(executor: Executor): Promise<Ms> {
    return this.#clock.now ?? (await this.look(executor, [])).nowMs
  }

  async look(executor: Executor, queues: readonly string[]): Promise<Outlook> {
    const sql =
      queues.length === 0 ? `SELECT ${nowSql} AS now` : queues.map(() => this.#look).join(' UNION ALL ')
    const askedAt = performance.now()
    const rows = await executor.query<Look>(
      sql,
      queues.flatMap((queue) => [queue, queue]),
    )
    if (queues.length > 0) this.#lookMs = performance.now() - askedAt
    const nowMs = Number(rows[0]?.now)
    this.#clock.read(nowMs)
    return {
      nowMs,
      dueAt: earliest(rows.map(({ due }) => due)),
      leasedAt: earliest(rows.map(({ leased }) => leased)),
    }
  }

  restMs(looks: number, quietMs: Ms): Ms {
    const active = rests.find(({ withinMs }) => quietMs < withinMs)?.restMs
    const restMs = active ?? shortestRestMs * 1.5 ** looks
    return Math.min(Math.max(restMs, this.#lookMs / shareOfLooks), longestRestMs)
  }
}

/** The server gives what it reckons as a decimal, which comes as a text. */
function earliest(times: readonly (Seconds | string | null | undefined)[]): Seconds | null {
  const known = times.filter((time) => time !== null && time !== undefined)
  return known.length === 0 ? null : Math.min(...known.map(Number))
}
