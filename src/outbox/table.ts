import { StoreError } from '../contract/errors.ts'
import type { OutboxJob } from '../contract/outbox.ts'
import type { Ms } from '../contract/time.ts'
import type { Executor, PackedDatabase, SqlValue } from '../database/database.ts'
import { define } from '../database/mysql/define.ts'
import { mysqlOutbox, type OutboxSql, sqliteOutbox } from './schema.ts'

/** A row as its transaction writes it. */
export interface NewRow extends OutboxJob {
  readonly queue: string
}

/** What a look at the table tells of a row. */
export interface SeenRow {
  readonly mark: string
  readonly term: number
}

/** Anything that runs a statement for its effect. */
export type Execute = (sql: string, params: SqlValue[]) => Promise<unknown>

/** Changes the row of a mark. */
type Change = (tx: Executor, mark: string) => Promise<{ readonly affectedRows: number }>

interface LookedAt {
  readonly mark: string | Uint8Array
  readonly term: number
}

interface StoredRow {
  readonly mark: string | Uint8Array
  readonly queue: string
  readonly payload: string
  readonly token: string | Uint8Array | null
  readonly left_ms: number
}

/** Rows in one statement; each has seven values. */
const mostInInsert = 100
/** Characters of payloads that are read at once. */
const mostRead = 1_000_000

/** The table `queue_outbox` as one connection of the configuration sees it. */
export class OutboxTable {
  readonly database: PackedDatabase
  /** The table's name, unquoted. */
  readonly name: string
  readonly sql: OutboxSql
  readonly #table: string
  /** Whose rows are seen: the connection's name, and where its keys are. */
  readonly connection: string
  #created: Promise<unknown> | undefined

  constructor(database: PackedDatabase, name: string, connection: string) {
    this.database = database
    this.name = name
    const isMysql = database.location.startsWith('mysql:')
    this.sql = isMysql ? mysqlOutbox : sqliteOutbox
    this.#table = isMysql ? `\`${this.name}\`` : `"${this.name}"`
    this.connection = connection
  }

  /** The DDL, for people. */
  get schema(): string {
    return `${this.sql.create(this.#table)};\n`
  }

  /** Creates the table where it is missing: in the caller's transaction where that can be, else beside it. */
  async create(execute: Execute): Promise<void> {
    if (!this.sql.ddlCommits) {
      await execute(this.sql.create(this.#table), [])
      return
    }
    this.#created ??= this.#createBeside()
    try {
      await this.#created
    } catch (error) {
      this.#created = undefined
      throw error
    }
  }

  async insert(execute: Execute, rows: readonly NewRow[], term: number): Promise<void> {
    for (let at = 0; at < rows.length; at += mostInInsert) {
      const some = rows.slice(at, at + mostInInsert)
      const places = some.map(() => `(?, ?, ?, ?, ?, ?, ?, ${this.sql.nowMs})`).join()
      const values = some.flatMap((row): SqlValue[] => {
        const { mark, queue, body, token, delayMs } = row
        return [mark, this.connection, queue, body, token, delayMs, term]
      })
      await execute(
        `INSERT INTO ${this.#table} (mark, connection, queue, payload, token, delay_ms, term, created_at) VALUES ${places}`,
        values,
      )
    }
  }

  /**
   * The oldest rows that have committed; null while nobody has made the table. Never from where a look ended before: a row with a
   * lower id may commit later.
   */
  async look(limit: number, without: readonly string[]): Promise<readonly SeenRow[] | null> {
    if (this.database.isEmpty) return null
    const but = without.length === 0 ? '' : ` AND queue NOT IN (${places(without)})`
    const sql = `SELECT mark, term FROM ${this.#table} WHERE connection = ?${but} ORDER BY id LIMIT ${limit}`
    try {
      const rows = await this.database.query<LookedAt>(sql, [this.connection, ...without])
      return rows.map(({ mark, term }) => ({ mark: text(mark), term }))
    } catch (error) {
      if (isWithoutTable(error)) return null
      throw error
    }
  }

  /**
   * Takes rows over whose term is at most `seen`, so that whoever claimed one meanwhile keeps it; answers those that are this
   * term's now, in parts, oldest first.
   */
  async *claim(marks: readonly string[], seen: number, term: number): AsyncGenerator<readonly NewRow[]> {
    const named = `mark IN (${places(marks)})`
    const sql = `UPDATE ${this.#table} SET term = ? WHERE mark = ? AND term <= ?`
    await this.#eachAlone(marks, (tx, mark) => tx.execute(sql, [term, mark, seen]))
    const sizes = await this.database.query<{ id: number; size: number }>(
      `SELECT id, LENGTH(payload) AS size FROM ${this.#table} WHERE ${named} AND term = ? ORDER BY id`,
      [...marks, term],
    )
    for (const ids of portions(sizes)) yield this.#read(ids, term)
  }

  /** Deletes rows that are that term's still; answers how many. */
  async remove(marks: readonly string[], term: number): Promise<number> {
    const sql = `DELETE FROM ${this.#table} WHERE mark = ? AND term = ?`
    return this.#eachAlone(marks, (tx, mark) => tx.execute(sql, [mark, term]))
  }

  /** Rows of other connections that have been due for so long: whose, and how many. */
  async stray(ms: Ms): Promise<readonly { readonly connection: string; readonly count: number }[]> {
    const rows = await this.database.query<{ connection: string | Uint8Array; n: number }>(
      `SELECT connection, COUNT(*) AS n FROM ${this.#table}
        WHERE connection <> ? AND created_at + delay_ms < ${this.sql.nowMs} - ${ms} GROUP BY connection`,
      [this.connection],
    )
    return rows.map(({ connection, n }) => ({ connection: text(connection), count: Number(n) }))
  }

  /** Those of the marks that have a row. */
  async having(marks: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ mark: string | Uint8Array }>(
      `SELECT mark FROM ${this.#table} WHERE mark IN (${places(marks)})`,
      marks,
    )
    return new Set(rows.map(({ mark }) => text(mark)))
  }

  /**
   * Changes rows in one transaction, each by a statement of its own: of several at once the planner of MySQL may read the whole
   * table, and wait for rows that others have not committed.
   */
  async #eachAlone(marks: readonly string[], change: Change): Promise<number> {
    const [only] = marks
    if (only !== undefined && marks.length === 1) return (await change(this.database, only)).affectedRows
    const changed = await this.database.transaction(
      (tx) => Promise.all(marks.map((mark) => change(tx, mark))),
      { repeat: true },
    )
    return changed.reduce((sum, { affectedRows }) => sum + affectedRows, 0)
  }

  /** Asks first: who may not create tables may have one that somebody else made. */
  async #createBeside(): Promise<void> {
    const there = await this.database.query(
      'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
      [this.name],
    )
    if (there.length === 0) await define(this.database, this.sql.create(this.#table))
  }

  async #read(ids: readonly number[], term: number): Promise<readonly NewRow[]> {
    const rows = await this.database.query<StoredRow>(
      `SELECT mark, queue, payload, token, created_at + delay_ms - ${this.sql.nowMs} AS left_ms
        FROM ${this.#table} WHERE id IN (${ids.join()}) AND term = ? ORDER BY id`,
      [term],
    )
    return rows.map(({ mark, queue, payload, token, left_ms }) => {
      const delayMs = Math.max(0, Number(left_ms))
      return { mark: text(mark), queue, body: payload, token: token === null ? null : text(token), delayMs }
    })
  }
}

function isWithoutTable(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false
  const { errno } = (error.cause ?? {}) as { readonly errno?: unknown }
  return errno === 1146 || /no such table/.test(error.message)
}

function places(values: readonly unknown[]): string {
  return values.map(() => '?').join()
}

function text(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('latin1')
}

function* portions(rows: readonly { readonly id: number; readonly size: number }[]): Generator<number[]> {
  let ids: number[] = []
  let size = 0
  for (const row of rows) {
    if (ids.length > 0 && size + Number(row.size) > mostRead) {
      yield ids
      ids = []
      size = 0
    }
    ids.push(row.id)
    size += Number(row.size)
  }
  if (ids.length > 0) yield ids
}
