import { StoreError } from '../../contract/errors.ts'
import { AfterCommit } from '../after-commit.ts'
import type { PackedTransaction, SqlValue } from '../database.ts'
import type { SqliteConnection } from './connection.ts'
import { statementKind } from './sql.ts'

/** The open transaction as its function sees it; `end` makes it unusable. */
export class SqliteTransaction implements PackedTransaction {
  readonly location: string
  readonly #connection: SqliteConnection
  readonly #explain: (error: unknown) => unknown
  readonly #afterCommit = new AfterCommit()
  #over = false
  /** The error at which SQLite rolled back by itself. */
  #brokenBy: unknown

  constructor(location: string, connection: SqliteConnection, explain: (error: unknown) => unknown) {
    this.location = location
    this.#connection = connection
    this.#explain = explain
  }

  async query<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row[]> {
    return this.#run(sql, () => this.#connection.query(sql, params)) as Row[]
  }

  async execute(
    sql: string,
    params?: readonly SqlValue[],
  ): Promise<{ affectedRows: number; insertId: number }> {
    return this.#run(sql, () => this.#connection.execute(sql, params))
  }

  async defer(sql: string, params?: readonly SqlValue[]): Promise<void> {
    await this.execute(sql, params)
  }

  /** Nothing travels here. */
  finish(): void {}

  afterCommit(fn: () => void | Promise<void>): void {
    this.#refuseIfOver()
    this.#afterCommit.add(fn)
  }

  /** The error at which SQLite rolled everything back by itself, if there was one. */
  get brokenBy(): unknown {
    return this.#brokenBy
  }

  end(): void {
    this.#over = true
  }

  committed(): Promise<void> {
    return this.#afterCommit.run()
  }

  #run<T>(sql: string, fn: () => T): T {
    this.#refuseIfOver()
    statementKind(sql)
    try {
      return fn()
    } catch (raw) {
      const error = this.#explain(raw)
      if (!this.#connection.isInTransaction()) this.#breakOff(error)
      throw error
    }
  }

  /** What came after it would be committed on its own. */
  #breakOff(error: unknown): void {
    this.#brokenBy = error
    this.#over = true
  }

  #refuseIfOver(): void {
    if (!this.#over) return
    const why =
      this.#brokenBy === undefined
        ? 'a statement of it was not awaited, or tx was kept'
        : 'SQLite rolled it back at an earlier error'
    throw new StoreError(`database ${this.location}: this transaction is over (${why})`, {
      code: 'TRANSACTION_OVER',
      transient: false,
      cause: this.#brokenBy,
    })
  }
}
