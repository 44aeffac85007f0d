import { StoreError } from '../../contract/errors.ts'
import { AfterCommit } from '../after-commit.ts'
import type { PackedTransaction, SqlValue } from '../database.ts'
import { firstWord, refuseTransactionWord } from '../statement.ts'
import type { MysqlConnection } from './connection.ts'
import { isDeadlock } from './failures.ts'
import { type Effect, effectOf, hasEnded, type Reply, rowsOf } from './reply.ts'
import type { Format } from './sql.ts'
import { Trips, type Wanted } from './trips.ts'

/** The open transaction as its function sees it; `end` makes it unusable. */
export class MysqlTransaction implements PackedTransaction {
  readonly location: string
  readonly #connection: MysqlConnection
  readonly #format: Format
  readonly #trips: Trips
  readonly #afterCommit = new AfterCommit()
  #over = false
  #brokenBy: unknown

  constructor(connection: MysqlConnection, format: Format, isPacked: boolean) {
    this.location = connection.facts!.location
    this.#connection = connection
    this.#format = format
    this.#trips = new Trips(connection, isPacked)
  }

  /** The error at which the server rolled everything back, or after which nobody knows whether it did. */
  get brokenBy(): unknown {
    return this.#brokenBy
  }

  begin(): Promise<void> {
    return this.#trips.defer('START TRANSACTION')
  }

  async query<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row[]> {
    return rowsOf(await this.#run(sql, params, 'rows')) as Row[]
  }

  async execute(sql: string, params?: readonly SqlValue[]): Promise<Effect> {
    const reply = await this.#run(sql, params, 'effect')
    if (hasEnded(reply)) throw this.#breakOff(this.#committedBySql(sql))
    return effectOf(reply)
  }

  async defer(sql: string, params?: readonly SqlValue[]): Promise<void> {
    this.#refuseIfOver()
    await this.#trips.defer(this.#format(sql, params))
  }

  finish(): void {
    this.#refuseIfOver()
    this.#trips.finish()
  }

  afterCommit(fn: () => void | Promise<void>): void {
    this.#refuseIfOver()
    this.#afterCommit.add(fn)
  }

  end(): void {
    this.#over = true
  }

  /** Rejects with `COMMIT_UNKNOWN` when the connection was lost before the answer came. */
  async commit(): Promise<void> {
    try {
      await this.#trips.commit()
    } catch (error) {
      throw this.#connection.isDestroyed ? this.#inDoubt(error) : error
    }
  }

  /** A connection that cannot do it is destroyed, which comes to the same. */
  async rollBack(): Promise<void> {
    if (this.#connection.isDestroyed || this.#trips.isUnsent) return
    await this.#connection.send('ROLLBACK').catch(() => this.#connection.destroy())
  }

  committed(): Promise<void> {
    return this.#afterCommit.run()
  }

  async #run(sql: string, params: readonly SqlValue[] | undefined, wants: Wanted): Promise<Reply> {
    this.#refuseIfOver()
    refuseTransactionWord(sql, firstWord(sql))
    try {
      return await this.#trips.send(this.#format(sql, params), wants)
    } catch (thrown) {
      const isLost = this.#connection.isDestroyed
      const error = isLost && this.#trips.isSealed ? this.#inDoubt(thrown) : thrown
      if (isDeadlock(error) || isLost) this.#breakOff(error)
      throw error
    }
  }

  /** What came after it would be committed on its own. */
  #breakOff<E>(error: E): E {
    this.#brokenBy ??= error
    this.#over = true
    return error
  }

  #inDoubt(error: unknown): StoreError {
    return new StoreError(
      `database ${this.location}: the connection was lost at COMMIT: the transaction may have been committed or not (${(error as Error).message})`,
      { code: 'COMMIT_UNKNOWN', transient: true, cause: error },
    )
  }

  #committedBySql(sql: string): StoreError {
    return new StoreError(
      `database ${this.location}: ${firstWord(sql).toUpperCase()} committed the transaction, as MySQL does for DDL; run it outside`,
      { code: 'TRANSACTION_OVER', transient: false },
    )
  }

  #refuseIfOver(): void {
    if (!this.#over && !this.#trips.isSealed) return
    const why =
      this.#brokenBy === undefined
        ? 'a statement of it was not awaited, or tx was kept'
        : 'it ended at an earlier error'
    throw new StoreError(`database ${this.location}: this transaction is over (${why})`, {
      code: 'TRANSACTION_OVER',
      transient: false,
      cause: this.#brokenBy,
    })
  }
}
