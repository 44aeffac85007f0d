import type { FailedFilter, FailedJob, FailedJobs } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { Database, SqlValue, Transaction } from '../../database/database.ts'
import type { Dialect } from './dialect.ts'
import { failTime } from './settle.ts'
import { wake } from './wake.ts'

interface FailedRow {
  readonly id: number
  readonly queue: Uint8Array
  readonly payload: Uint8Array
  readonly exception: Uint8Array
  readonly fail_time: string
}

/** Nothing but SQL is in these transactions. */
const repeatable = { repeat: true }

/** The failed jobs of one connection, in `failed_jobs`; those of other connections in the same table are not seen. */
export class DatabaseFailedJobs implements FailedJobs {
  readonly #database: () => Promise<Database>
  readonly #dialect: Dialect
  readonly #connection: string
  readonly #table: string

  /** `database` answers it once it is open. */
  constructor(database: () => Promise<Database>, dialect: Dialect, connection: string) {
    this.#database = database
    this.#dialect = dialect
    this.#connection = connection
    this.#table = dialect.quote(dialect.names.failed)
  }

  async all(filter: FailedFilter = {}): Promise<readonly FailedJob[]> {
    const database = await this.#database()
    const { conditions, parameters } = this.#where(filter)
    const bytes = (column: string) => `${this.#dialect.bytes(column)} AS ${column}`
    const rows = await database.query<FailedRow>(
      `SELECT id, ${bytes('queue')}, ${bytes('payload')}, ${bytes('exception')}, fail_time
        FROM ${this.#table} WHERE ${conditions} ORDER BY id DESC LIMIT ?`,
      [...parameters, filter.limit ?? Number.MAX_SAFE_INTEGER],
    )
    return rows.map((row) => this.#job(row))
  }

  async retry(ids: readonly string[], now?: Ms): Promise<readonly string[]> {
    const database = await this.#database()
    const moved = await database.transaction(async (tx) => {
      const at = Math.floor((now ?? (await this.#dialect.nowMs(tx))) / 1000)
      const done: string[] = []
      for (const id of ids) if (await this.#moveBack(tx, id, at)) done.push(id)
      return done
    }, repeatable)
    wake(database.location)
    return moved
  }

  async forget(ids: readonly string[]): Promise<number> {
    const database = await this.#database()
    return database.transaction(async (tx) => {
      let forgotten = 0
      for (const id of ids) if (await this.#remove(tx, id)) forgotten++
      return forgotten
    }, repeatable)
  }

  async flush(before?: Ms): Promise<number> {
    const database = await this.#database()
    const { conditions, parameters } = this.#where(before === undefined ? {} : { before })
    const { affectedRows } = await database.execute(
      `DELETE FROM ${this.#table} WHERE ${conditions}`,
      parameters,
    )
    return affectedRows
  }

  /** As a new row: an id of a job never returns. */
  async #moveBack(tx: Transaction, id: string, at: number): Promise<boolean> {
    const key = rowId(id)
    if (key === null) return false
    const { affectedRows } = await tx.execute(
      `INSERT INTO ${this.#dialect.quote(this.#dialect.names.jobs)}
        (queue, payload, attempts, reserved, reserved_at, available_at, created_at)
        SELECT queue, payload, 0, 0, NULL, ?, ? FROM ${this.#table} WHERE id = ? AND connection = ?${this.#dialect.forUpdate}`,
      [at, at, key, this.#connection],
    )
    return affectedRows > 0 && this.#remove(tx, id)
  }

  async #remove(tx: Transaction, id: string): Promise<boolean> {
    const key = rowId(id)
    if (key === null) return false
    const sql = `DELETE FROM ${this.#table} WHERE id = ? AND connection = ?`
    return (await tx.execute(sql, [key, this.#connection])).affectedRows > 0
  }

  #where({ ids, queue, before, after }: FailedFilter): { conditions: string; parameters: SqlValue[] } {
    const conditions = ['connection = ?']
    const parameters: SqlValue[] = [this.#connection]
    if (ids !== undefined) {
      const keys = ids.map(rowId).filter((key) => key !== null)
      conditions.push(keys.length === 0 ? '1 = 0' : `id IN (${keys.join()})`)
    }
    if (queue !== undefined) {
      conditions.push('queue = ?')
      parameters.push(queue)
    }
    if (before !== undefined) {
      conditions.push('fail_time <= ?')
      parameters.push(failTime(before))
    }
    if (after !== undefined) {
      conditions.push('id < ?')
      parameters.push(rowId(after.id) ?? 0)
    }
    return { conditions: conditions.join(' AND '), parameters }
  }

  #job(row: FailedRow): FailedJob {
    return {
      id: String(row.id),
      connection: this.#connection,
      queue: textOf(row.queue),
      body: textOf(row.payload),
      reason: textOf(row.exception),
      failedAt: Date.parse(`${row.fail_time.replace(' ', 'T')}Z`),
    }
  }
}

/** The row a failed job's id names; null when no row can have it. */
function rowId(id: string): number | null {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null
}

/** Lossy where the bytes are not UTF-8; they stay in the table. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
