import type { Seconds } from '../../contract/time.ts'
import type { Executor, PackedTransaction } from '../../database/database.ts'
import type { ServerFacts } from '../../database/mysql/session.ts'
import type { Expired } from './dialect.ts'
import type { TableNames } from './options.ts'
import { type Receipt, receiptText } from './receipt.ts'

/** How long what was seen is believed: whoever reserves by a clock that is behind puts a lease there that is older. */
const believed: Seconds = 10
/** So long after it began a lease may come to light: it takes a COMMIT. */
const unseen: Seconds = 2
/** Expired leases taken at a time: MariaDB makes a list of a thousand ids a temporary table. */
const expiredAtOnce = 500

/** What a look at the leases of a queue saw. Times are the store's. */
interface Seen {
  readonly at: Seconds
  /** Leases that began at that time or before had ended for whoever looked. */
  readonly since: Seconds
  /** No lease that is left began before that; Infinity: none was left. */
  oldest: Seconds
}

/**
 * When the oldest lease of each queue began. An index that told would cost more than all else in the table, so all reserved rows
 * of a queue are read instead: when a lease may have ended, once a second at most, and every ten seconds.
 */
export class MysqlLeases {
  readonly #jobs: string
  readonly #facts: () => ServerFacts
  readonly #seen = new Map<string, Seen>()

  constructor({ jobs }: TableNames, facts: () => ServerFacts) {
    this.#jobs = `\`${jobs}\``
    this.#facts = facts
  }

  /** Whether it is known that no lease is left that began at `since` or before. */
  noneEnded(queue: string, now: Seconds, since: Seconds): boolean {
    const seen = this.#seen.get(queue)
    return seen !== undefined && since < seen.oldest && tells(seen, now, since)
  }

  /** When the oldest lease of those queues began, as well as must be known to tell whether one began at `since` or before. */
  async oldest(
    executor: Executor,
    queues: readonly string[],
    now: Seconds,
    since: Seconds,
  ): Promise<Seconds | null> {
    const unknown = queues.filter((queue) => {
      const seen = this.#seen.get(queue)
      return seen === undefined || !tells(seen, now, since)
    })
    if (unknown.length > 0) await this.#look(executor, unknown, now, since)
    const oldest = Math.min(...queues.map((queue) => this.#seen.get(queue)?.oldest ?? Infinity))
    return oldest === Infinity ? null : oldest
  }

  /** Notes a lease of our own. */
  began(queue: string, reservedAt: Seconds): void {
    const seen = this.#seen.get(queue)
    if (seen !== undefined && reservedAt < seen.oldest) seen.oldest = reservedAt
  }

  /** Reserved rows whose lease began at `since` or before, held until the transaction is over; some, if many. */
  async expired(
    tx: PackedTransaction,
    queue: string,
    since: Seconds,
    now: Seconds,
  ): Promise<readonly Expired[]> {
    if (this.noneEnded(queue, now, since)) return []
    const oldest = await this.oldest(tx, [queue], now, since)
    if (oldest === null || oldest > since) return []
    const rows = await this.#lockEnded(tx, queue, since)
    return rows.map((row) => ({ receipt: receiptText(row), attempts: row.attempts }))
  }

  /** They are found without a lock and then locked by their ids: no row that is still somebody's is held for a moment. */
  async #lockEnded(tx: PackedTransaction, queue: string, since: Seconds): Promise<readonly Receipt[]> {
    const ended = `reserved = 1 AND (reserved_at IS NULL OR reserved_at <= ${since})`
    const found = await tx.query<{ readonly id: number }>(
      `SELECT id FROM ${this.#jobs} WHERE queue = ? AND ${ended} LIMIT ${expiredAtOnce}`,
      [queue],
    )
    if (found.length < expiredAtOnce) this.#noteEnded(queue, since)
    if (found.length === 0) return []
    const ids = found.map(({ id }) => id).sort((a, b) => a - b)
    const skip = this.#facts().skipsLocked ? ' SKIP LOCKED' : ''
    return tx.query<Receipt>(
      `SELECT id, attempts, available_at AS availableAt FROM ${this.#jobs}
        WHERE id IN (${ids.join()}) AND ${ended} ORDER BY id FOR UPDATE${skip}`,
    )
  }

  /** None of those is left, unless others held it meanwhile: that is looked at a second later. */
  #noteEnded(queue: string, since: Seconds): void {
    const seen = this.#seen.get(queue)
    if (seen !== undefined && seen.oldest <= since) seen.oldest = since + 1
  }

  async #look(executor: Executor, queues: readonly string[], now: Seconds, since: Seconds): Promise<void> {
    const oldest = `(SELECT MIN(COALESCE(reserved_at, 0)) FROM ${this.#jobs} WHERE queue = ? AND reserved = 1)`
    const sql = `SELECT ${queues.map((_, place) => `${oldest} AS q${place}`).join()}`
    const [row] = await executor.query(sql, queues)
    for (const [place, queue] of queues.entries()) {
      this.#seen.set(queue, { at: now, since, oldest: Number(row?.[`q${place}`] ?? Infinity) })
    }
  }
}

/** Whether what was seen still tells which leases began at `since` or before; it may have been by a clock far ahead of `now`. */
function tells({ at, since: lookedFor, oldest }: Seen, now: Seconds, since: Seconds): boolean {
  if (Math.abs(now - at) >= believed) return false
  return since <= lookedFor || since < Math.min(oldest, at - unseen)
}
