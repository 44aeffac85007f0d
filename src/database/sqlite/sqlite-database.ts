import { statSync } from 'node:fs'
import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import type { PackedDatabase, PackedTransaction, SqlValue } from '../database.ts'
import { outcomeOf } from '../outcome.ts'
import { whenFree } from './busy.ts'
import type { SqliteConnection } from './connection.ts'
import { type SqliteDriver, sqliteDriver } from './driver.ts'
import { isWithoutFile, movedError, spoilsConnection, storeError } from './failures.ts'
import { enterLane } from './lane.ts'
import { connect, prepareFile } from './open.ts'
import { statementKind } from './sql.ts'
import { SqliteTransaction } from './transaction.ts'

type Role = 'reader' | 'writer'

/**
 * One SQLite file through two connections: one for what only reads, one for writers, who take turns because SQLite lets only
 * one write at a time anyway. Both are made when first needed, and anew after an error that may have spoiled them.
 */
export class SqliteDatabase implements PackedDatabase {
  readonly location: string
  readonly #busyMs: Ms
  readonly #connections: { [role in Role]?: SqliteConnection } = {}
  #prepared: Promise<SqliteDriver> | undefined
  #dropped = 0
  #closed = false
  #closing: Promise<void> | undefined

  constructor(location: string, busyMs: Ms) {
    this.location = location
    this.#busyMs = busyMs
  }

  get reopened(): number {
    return this.#dropped
  }

  get isEmpty(): boolean {
    return (statSync(this.location, { throwIfNoEntry: false })?.size ?? 0) === 0
  }

  async locate(): Promise<string> {
    return this.location
  }

  async *stream<Row>(sql: string, params?: readonly SqlValue[]): AsyncIterable<Row> {
    yield* await this.query<Row>(sql, params)
  }

  async query<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row[]> {
    const rows = await this.#statement(sql, (connection) => connection.query(sql, params))
    return rows as Row[]
  }

  execute(sql: string, params?: readonly SqlValue[]): Promise<{ affectedRows: number; insertId: number }> {
    return this.#statement(sql, (connection) => connection.execute(sql, params), 'writer')
  }

  async transaction<T>(fn: (tx: PackedTransaction) => Promise<T>): Promise<T> {
    const ended = await this.#use('writer', async (connection, driver, deadline) => {
      await whenFree(driver, deadline, () => connection.run('BEGIN IMMEDIATE'))
      const explain = (error: unknown) => storeError(driver, error, this.location)
      const tx = new SqliteTransaction(this.location, connection, explain)
      const ran = await outcomeOf(() => fn(tx))
      tx.end()
      const outcome = 'error' in ran || tx.brokenBy === undefined ? ran : { error: tx.brokenBy }
      if ('error' in outcome) this.#rollBack(connection, outcome.error)
      else await this.#commit(connection, driver)
      return { tx, outcome }
    })
    if ('error' in ended.outcome) throw ended.outcome.error
    await ended.tx.committed()
    return ended.outcome.result
  }

  close(): Promise<void> {
    this.#closed = true
    this.#closing ??= this.#letGo()
    return this.#closing
  }

  async #statement<T>(
    sql: string,
    run: (connection: SqliteConnection) => T,
    setting: Role = 'reader',
  ): Promise<T> {
    const kind = statementKind(sql)
    if (kind !== 'write')
      return this.#use(kind === 'read' ? 'reader' : setting, (connection, driver, deadline) =>
        whenFree(driver, deadline, () => run(connection)),
      )
    return this.#use('writer', async (connection, driver, deadline) => {
      await whenFree(driver, deadline, () => connection.run('BEGIN IMMEDIATE'))
      try {
        const result = run(connection)
        await this.#commit(connection, driver)
        return result
      } catch (error) {
        this.#rollBack(connection, storeError(driver, error, this.location))
        throw error
      }
    })
  }

  /** Readers of another process may delay a COMMIT; the transaction stays whole meanwhile. */
  async #commit(connection: SqliteConnection, driver: SqliteDriver): Promise<void> {
    try {
      await whenFree(driver, performance.now() + this.#busyMs, () => connection.run('COMMIT'))
    } catch (error) {
      this.#rollBack(connection, storeError(driver, error, this.location))
      throw error
    }
  }

  /** A connection that cannot roll back, or whose error may have spoiled it, is not used again. */
  #rollBack(connection: SqliteConnection, reason: unknown): void {
    const clean = connection.rollBack()
    if (clean && isFull(reason)) connection.putLogAway()
    if (clean && !spoilsConnection(reason)) return
    if (this.#connections.writer === connection) this.#drop('writer')
  }

  /** Runs `fn` on a connection of its own kind, a writer when it is its turn; explains errors and drops what they spoil. */
  async #use<T>(
    role: Role,
    fn: (connection: SqliteConnection, driver: SqliteDriver, deadline: Ms) => Promise<T>,
  ): Promise<T> {
    this.#refuseIfClosed()
    const deadline = performance.now() + this.#busyMs
    const driver = await this.#prepare(deadline)
    const leave = role === 'writer' ? await enterLane(this.location, deadline) : undefined
    try {
      this.#refuseIfClosed()
      const connection = this.#connections[role] ?? (await this.#connect(role, driver, deadline))
      if (connection.isOrphaned(this.location)) throw movedError(this.location)
      return await fn(connection, driver, deadline)
    } catch (raw) {
      const error = storeError(driver, raw, this.location)
      if (spoilsConnection(error)) this.#drop(role)
      if (isWithoutFile(error)) this.#prepared = undefined
      this.#refuseIfClosed(error)
      throw error
    } finally {
      leave?.()
    }
  }

  async #prepare(deadline: Ms): Promise<SqliteDriver> {
    this.#prepared ??= this.#prepareFile(deadline)
    try {
      return await this.#prepared
    } catch (error) {
      this.#prepared = undefined
      throw error
    }
  }

  async #prepareFile(deadline: Ms): Promise<SqliteDriver> {
    const driver = await sqliteDriver()
    try {
      await prepareFile(driver, this.location, deadline)
    } catch (error) {
      throw storeError(driver, error, this.location)
    }
    return driver
  }

  async #connect(role: Role, driver: SqliteDriver, deadline: Ms): Promise<SqliteConnection> {
    const connection = await connect(driver, this.location, deadline)
    const already = this.#connections[role]
    if (already !== undefined || this.#closed) connection.close()
    this.#refuseIfClosed()
    this.#connections[role] = already ?? connection
    return this.#connections[role]
  }

  #drop(role: Role): void {
    const connection = this.#connections[role]
    if (connection === undefined) return
    this.#dropped++
    delete this.#connections[role]
    connection.close()
  }

  async #letGo(): Promise<void> {
    const deadline = performance.now() + this.#busyMs
    const leave = await enterLane(this.location, deadline).catch(() => undefined)
    this.#drop('reader')
    this.#drop('writer')
    leave?.()
  }

  #refuseIfClosed(cause?: unknown): void {
    if (!this.#closed) return
    throw new StoreError(`database ${this.location}: is closed`, { code: 'CLOSED', transient: false, cause })
  }
}

function isFull(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'FULL'
}
