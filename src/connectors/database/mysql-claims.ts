import type { Reservation } from '../../contract/connector.ts'
import { StoreError } from '../../contract/errors.ts'
import type { Seconds } from '../../contract/time.ts'
import type { PackedTransaction } from '../../database/database.ts'
import type { ServerFacts } from '../../database/mysql/session.ts'
import type { LastClaim, NewJobs } from './dialect.ts'
import type { MysqlLeases } from './mysql-leases.ts'
import { bytesOf, freeRow } from './mysql-sql.ts'
import type { TableNames } from './options.ts'
import { type Receipt, receiptText } from './receipt.ts'
import { type Place, ScanCursors } from './scan-cursor.ts'

/** What a claim reads of a row. */
const dueColumns = `id, attempts, available_at AS availableAt, ${bytesOf('payload')} AS body`

interface DueRow extends Receipt {
  readonly body: Uint8Array
}

/**
 * How rows are claimed. Where the server can skip what others hold, and the index gives the order, the due rows are locked and
 * marked in the next round trip. Elsewhere they are read without a lock, and each is claimed by an UPDATE that finds it as it
 * was read: a locking read without the index would hold every due row of the queue.
 */
export class MysqlClaims {
  /** The index that reserving goes by; null: the table has none. */
  index: string | null = null
  readonly #jobs: string
  readonly #facts: () => ServerFacts
  readonly #leases: MysqlLeases
  readonly #cursors = new ScanCursors()

  constructor({ jobs }: TableNames, facts: () => ServerFacts, leases: MysqlLeases) {
    this.#jobs = `\`${jobs}\``
    this.#facts = facts
    this.#leases = leases
  }

  pushed({ queue, dueAt }: NewJobs): void {
    const place = this.#cursors.of(queue)
    if (place !== undefined && dueAt < place.availableAt) this.#cursors.reset(queue)
  }

  released(): void {
    this.#cursors.reset()
  }

  async claim(
    tx: PackedTransaction,
    queue: string,
    limit: number,
    now: Seconds,
    reservedAt: Seconds,
  ): Promise<Reservation[]> {
    this.#leases.began(queue, reservedAt)
    try {
      const rows = this.#canLock
        ? await this.#claimLocked(tx, queue, limit, now, reservedAt)
        : await this.#claimFound(tx, queue, limit, now, reservedAt)
      return rows.map((row) => reservationOf(queue, row))
    } catch (error) {
      throw this.#noted(error)
    }
  }

  /** One round trip: the server itself hands the id from one statement to the next, and none where there is no row. */
  claimLast(
    tx: PackedTransaction,
    { queue, now, reservedAt, endedSince }: LastClaim,
  ): Promise<readonly Reservation[]> | null {
    const noneEnded = endedSince === null || this.#leases.noneEnded(queue, now, endedSince)
    if (!this.#canLock || !noneEnded) return null
    this.#leases.began(queue, reservedAt)
    return this.#claimOne(tx, queue, now, reservedAt)
  }

  async #claimOne(
    tx: PackedTransaction,
    queue: string,
    now: Seconds,
    reservedAt: Seconds,
  ): Promise<readonly Reservation[]> {
    const place = this.#cursors.of(queue)
    const found = `SELECT id ${this.#dueRows(1, place, ' FOR UPDATE SKIP LOCKED')}`
    const mark = `UPDATE ${this.#jobs} SET reserved = 1, reserved_at = ? WHERE id = @thinkq_claimed`
    tx.finish()
    try {
      const [, , [row]] = await Promise.all([
        tx.defer(`SET @thinkq_claimed = (${found})`, [queue, queue, now]),
        tx.defer(mark, [reservedAt]),
        tx.query<DueRow>(`SELECT ${dueColumns} FROM ${this.#jobs} WHERE id = @thinkq_claimed`),
      ])
      if (row === undefined) this.#cursors.reset(queue)
      else this.#cursors.advance(queue, row, place === undefined)
      return row === undefined ? [] : [reservationOf(queue, row)]
    } catch (error) {
      throw this.#noted(error)
    }
  }

  /** When somebody dropped the index that claim fails, and the next one does without. */
  #noted(error: unknown): unknown {
    if (saysKeyMissing(error)) this.index = null
    return error
  }

  /** Due rows are locked and marked where the server can skip what others hold, and the index gives the order. */
  get #canLock(): boolean {
    return this.#facts().skipsLocked && this.index !== null
  }

  async #claimLocked(
    tx: PackedTransaction,
    queue: string,
    limit: number,
    now: Seconds,
    reservedAt: Seconds,
  ): Promise<readonly DueRow[]> {
    const place = this.#cursors.of(queue)
    const some = await this.#due(tx, queue, limit, now, place, ' FOR UPDATE SKIP LOCKED')
    const rows =
      place !== undefined && some.length === 0
        ? await this.#due(tx, queue, limit, now, undefined, ' FOR UPDATE SKIP LOCKED')
        : some
    const last = rows.at(-1)
    if (last === undefined || rows.length < limit) this.#cursors.reset(queue)
    else this.#cursors.advance(queue, last, place === undefined)
    if (rows.length === 0) return rows
    const ids = rows.map(({ id }) => id).sort((a, b) => a - b)
    await tx.defer(`UPDATE ${this.#jobs} SET reserved = 1, reserved_at = ? WHERE id IN (${ids.join()})`, [
      reservedAt,
    ])
    return rows
  }

  async #claimFound(
    tx: PackedTransaction,
    queue: string,
    limit: number,
    now: Seconds,
    reservedAt: Seconds,
  ): Promise<readonly DueRow[]> {
    for (;;) {
      const found = await this.#due(tx, queue, limit, now, undefined, '')
      const claims = found.map((row) =>
        tx.execute(`UPDATE ${this.#jobs} SET reserved = 1, reserved_at = ? WHERE ${freeRow(row)}`, [
          reservedAt,
        ]),
      )
      const effects = await Promise.all(claims)
      const ours = found.filter((_, at) => effects[at]!.affectedRows > 0)
      // All were others' by then: what is due now is looked for again.
      if (ours.length > 0 || found.length === 0) return ours
    }
  }

  #due(
    tx: PackedTransaction,
    queue: string,
    limit: number,
    now: Seconds,
    place: Place | undefined,
    locking: string,
  ): Promise<DueRow[]> {
    return tx.query<DueRow>(`SELECT ${dueColumns} ${this.#dueRows(limit, place, locking)}`, [
      queue,
      queue,
      now,
    ])
  }

  /**
   * Written so that the planner looks by range: by equality it would read every waiting row of the queue up to the cursor. When most
   * rows are due it may take the whole table and sort it, where it is not told the index.
   */
  #dueRows(limit: number, place: Place | undefined, locking: string): string {
    const behind =
      place === undefined
        ? ''
        : `AND (available_at > ${place.availableAt} OR (available_at = ${place.availableAt} AND id > ${place.id}))`
    const by = this.index === null ? '' : `FORCE INDEX (\`${this.index.replaceAll('`', '``')}\`)`
    return `FROM ${this.#jobs} ${by} WHERE queue >= ? AND queue <= ? AND reserved = 0 AND available_at <= ? ${behind}
      ORDER BY queue, reserved, available_at, id LIMIT ${limit}${locking}`
  }
}

/** An index that a statement names is not there. */
function saysKeyMissing(error: unknown): boolean {
  return error instanceof StoreError && (error.cause as { readonly errno?: unknown } | null)?.errno === 1176
}

function reservationOf(queue: string, row: DueRow): Reservation {
  return {
    id: String(row.id),
    queue,
    body: Buffer.from(row.body.buffer, row.body.byteOffset, row.body.byteLength).toString(),
    attempts: row.attempts + 1,
    receipt: receiptText(row),
  }
}
