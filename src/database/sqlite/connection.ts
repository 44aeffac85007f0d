import { type Stats, statSync } from 'node:fs'
import type { SqlValue } from '../database.ts'
import type { DriverConnection, DriverStatement } from './driver.ts'
import { refuseUnlessOne } from './sql.ts'
import { boundValues, plainRow } from './values.ts'

/** Statements kept prepared, the least recently used going first. */
const keptStatements = 100

/** One connection with its prepared statements. Every call is synchronous and throws the driver's own errors. */
export class SqliteConnection {
  readonly #driver: DriverConnection
  readonly #statements = new Map<string, DriverStatement>()
  /** Set by `adopt`. */
  #file: Stats | undefined

  constructor(driver: DriverConnection) {
    this.#driver = driver
  }

  /** Notes which file lies at the path now that it is open. */
  adopt(path: string): void {
    this.#file = statSync(path, { throwIfNoEntry: false })
  }

  /** Whether another file than the adopted one lies at the path, or none: SQLite itself would go on with the old one. */
  isOrphaned(path: string): boolean {
    const file = statSync(path, { throwIfNoEntry: false })
    return file?.ino !== this.#file?.ino || file?.dev !== this.#file?.dev
  }

  query(sql: string, params?: readonly SqlValue[]): Record<string, unknown>[] {
    const bound = boundValues(params)
    const statement = this.#prepared(sql)
    if (statement.reader) return statement.all(bound).map(plainRow)
    statement.run(bound)
    return []
  }

  execute(sql: string, params?: readonly SqlValue[]): { affectedRows: number; insertId: number } {
    const bound = boundValues(params)
    const statement = this.#prepared(sql)
    if (!statement.reader) return outcome(sql, statement.run(bound))
    statement.all(bound)
    const [row] = this.query('SELECT changes() AS changes, last_insert_rowid() AS lastInsertRowid')
    return outcome(sql, row as { changes: number; lastInsertRowid: number })
  }

  /** Runs a statement that is never prepared and answers nothing. */
  run(sql: string): void {
    this.#driver.exec(sql)
  }

  /** True when no transaction is open any more; SQLite ends it by itself after some errors, a full disk among them. */
  rollBack(): boolean {
    try {
      this.run('ROLLBACK')
      return true
    } catch (error) {
      return error instanceof Error && /no transaction is active/.test(error.message)
    }
  }

  /** Whether one is open: asked of SQLite itself, because some errors end it. */
  isInTransaction(): boolean {
    try {
      this.run('BEGIN')
    } catch {
      return true
    }
    this.run('ROLLBACK')
    return false
  }

  /** Empties a write-ahead log as far as its other users allow, so that on a full disk jobs can at least be removed. */
  putLogAway(): void {
    try {
      this.run('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // There is no room for that either: the error that led here says so already.
    }
  }

  close(): void {
    this.#statements.clear()
    this.#driver.close()
  }

  #prepared(sql: string): DriverStatement {
    const kept = this.#statements.get(sql)
    if (kept !== undefined) {
      if (this.#statements.size === keptStatements) {
        this.#statements.delete(sql)
        this.#statements.set(sql, kept)
      }
      return kept
    }
    refuseUnlessOne(sql)
    const statement = this.#compiled(sql)
    if (this.#statements.size === keptStatements) {
      const [oldest] = this.#statements.keys()
      this.#statements.delete(oldest as string)
    }
    this.#statements.set(sql, statement)
    return statement
  }

  /**
   * SQLite compiles against the tables it remembers. What it does not find it looks for in the file, and when a lock is in the
   * way of that it says `no such table`: only an error that stays while the file can be read is true.
   */
  #compiled(sql: string): DriverStatement {
    try {
      return this.#driver.prepare(sql)
    } catch (error) {
      if (this.isInTransaction()) throw error
    }
    this.run('BEGIN')
    try {
      this.run('PRAGMA schema_version')
      return this.#driver.prepare(sql)
    } finally {
      this.rollBack()
    }
  }
}

function outcome(
  sql: string,
  { changes, lastInsertRowid }: { changes: number | bigint; lastInsertRowid: number | bigint },
): { affectedRows: number; insertId: number } {
  const affectedRows = Number(changes)
  const inserted = affectedRows > 0 && /^\s*(insert|replace|with)\b/i.test(sql)
  return { affectedRows, insertId: inserted ? Number(lastInsertRowid) : 0 }
}
