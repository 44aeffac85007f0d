import { StoreError } from '../../contract/errors.ts'
import type { SqlValue, Transaction } from '../database.ts'
import type { SqliteConnection } from './connection.ts'
import { statementKind } from './sql.ts'

/** The open transaction as its function sees it; `end` makes it unusable. */
export class SqliteTransaction implements Transaction {
  readonly location: string
  readonly #connection: SqliteConnection
  readonly #explain: (error: unknown) => unknown
  readonly #afterCommit: (() => void | Promise<void>)[] = []
  #over = false

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

  afterCommit(fn: () => void | Promise<void>): void {
    this.#refuseIfOver()
    this.#afterCommit.push(fn)
  }

  end(): void {
    this.#over = true
  }

  async committed(): Promise<void> {
    for (const fn of this.#afterCommit) {
      try {
        await fn()
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    }
  }

  #run<T>(sql: string, fn: () => T): T {
    this.#refuseIfOver()
    statementKind(sql)
    try {
      return fn()
    } catch (error) {
      throw this.#explain(error)
    }
  }

  #refuseIfOver(): void {
    if (!this.#over) return
    throw new StoreError(
      `database ${this.location}: this transaction is over (a statement of it was not awaited, or tx was kept)`,
      { code: 'TRANSACTION_OVER', transient: false },
    )
  }
}
