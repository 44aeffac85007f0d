import type {
  ConnectorFactory,
  Envelope,
  PullConnector,
  QueueSize,
  Reservation,
  ReserveRequest,
  Settlement,
} from '../../contract/connector.ts'
import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { createDatabase, type Database, type Executor, type Transaction } from '../../database/index.ts'
import { DatabaseCache } from './cache.ts'
import type { Dialect } from './dialect.ts'
import { DatabaseFailedJobs } from './failed-jobs.ts'
import { type DatabaseConnectorOptions, databaseOptions, tableNames } from './options.ts'
import { insertBatch } from './push.ts'
import { claimCountable, releaseExpired, type SettleContext, settleBatch } from './settle.ts'
import { queueSize } from './size.ts'
import { SqliteDialect } from './sqlite.ts'
import { untilDue } from './wait.ts'
import { wake } from './wake.ts'

export type { DatabaseConnectorOptions } from './options.ts'
export { failedSchemaSql, schemaSql } from './schema/sqlite.ts'

const none: readonly never[] = []

/** Jobs in the table think-queue keeps them in. Several processes may use one database; a turn of a worker is one commit. */
export class DatabaseConnector implements PullConnector {
  readonly name = 'database'
  readonly wire = 'row'
  readonly resolutionMs = 1000
  readonly failed: DatabaseFailedJobs
  readonly cache: DatabaseCache
  readonly #database: Database
  readonly #dialect: Dialect
  readonly #connection: string
  #opening: Promise<void> | undefined
  /** Of the database, when the tables were last known to be there. */
  #reopened = 0
  #closed = false
  /** Of the last reserve: a lease's length is the reader's affair, so waiting must know it. */
  #expireMs: Ms | null = null

  constructor(database: Database, dialect: Dialect, connection: string) {
    this.#database = database
    this.#dialect = dialect
    this.#connection = connection
    this.failed = new DatabaseFailedJobs(() => this.#open(), dialect, connection)
    this.cache = new DatabaseCache(() => this.#open(), dialect)
  }

  async open(): Promise<void> {
    await this.#open()
  }

  async close(): Promise<void> {
    this.#closed = true
    wake(this.#database.location)
    await this.#database.close()
  }

  async push(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    const database = await this.#open()
    if (batch.length === 0) return none
    const ids = await database.transaction((tx) => this.#insert(tx, batch, now))
    wake(database.location)
    return ids
  }

  async pushIn(tx: unknown, batch: readonly Envelope[], now?: Ms): Promise<readonly string[] | null> {
    if (!isTransaction(tx) || tx.location !== this.#database.location) return null
    this.#refuseIfClosed()
    if (!(await this.#dialect.hasTables(tx))) await this.#dialect.create(tx)
    const ids = await this.#insert(tx, batch, now)
    tx.afterCommit(() => wake(tx.location))
    return ids
  }

  async reserve(request: ReserveRequest): Promise<readonly Reservation[]> {
    const database = await this.#open()
    this.#expireMs = request.expireMs
    const dueInMs = await this.#dueInMs(request.queues, request.now)
    if (dueInMs > 0 || request.limit <= 0) return none
    return database.transaction(async (tx) => this.#claim(await this.#context(tx, request.now), request))
  }

  async settle(batch: readonly Settlement[], now?: Ms): Promise<readonly Settlement[]> {
    const database = await this.#open()
    if (batch.length === 0) return none
    return database.transaction(async (tx) => settleBatch(await this.#context(tx, now), batch))
  }

  async exchange(batch: readonly Settlement[], request: ReserveRequest) {
    if (batch.length === 0) return { refused: none, reserved: await this.reserve(request) }
    const database = await this.#open()
    this.#expireMs = request.expireMs
    return database.transaction(async (tx) => {
      const context = await this.#context(tx, request.now)
      return {
        refused: await settleBatch(context, batch),
        reserved: await this.#claim(context, request),
      }
    })
  }

  async touch(
    batch: readonly Reservation[],
    _expireMs: Ms | null,
    now?: Ms,
  ): Promise<readonly Reservation[]> {
    const database = await this.#open()
    if (batch.length === 0) return none
    const receipts = batch.map(({ receipt }) => receipt)
    const nowMs = now ?? (await this.#dialect.nowMs(database))
    const renewed = await this.#dialect.touch(database, receipts, leaseStart(nowMs))
    return batch.filter(({ receipt }) => !renewed.has(receipt))
  }

  async size(queue: string, now?: Ms): Promise<QueueSize> {
    return queueSize(await this.#open(), this.#dialect, this.#connection, queue, now)
  }

  async clear(queue: string): Promise<number> {
    const database = await this.#open()
    const jobs = this.#dialect.quote(this.#dialect.names.jobs)
    return (await database.execute(`DELETE FROM ${jobs} WHERE queue = ? AND reserved = 0`, [queue]))
      .affectedRows
  }

  async wait(queues: readonly string[], timeoutMs: Ms, signal: AbortSignal): Promise<readonly Reservation[]> {
    const database = await this.#open()
    const isClosed = () => this.#closed
    const watched = {
      location: database.location,
      get closed() {
        return isClosed()
      },
      version: () => this.#dialect.version(database),
      dueInMs: () => this.#dueInMs(queues),
    }
    await untilDue(watched, timeoutMs, signal)
    return none
  }

  isTransient(error: unknown): boolean {
    return error instanceof StoreError && error.transient
  }

  async #insert(tx: Executor, batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    return insertBatch(this.#dialect, tx, batch, now ?? (await this.#dialect.nowMs(tx)))
  }

  async #claim(context: SettleContext, { queues, limit, expireMs }: ReserveRequest): Promise<Reservation[]> {
    const { nowMs } = context
    const reserved: Reservation[] = []
    for (const queue of queues) {
      const left = limit - reserved.length
      if (left <= 0) break
      if (expireMs !== null) await releaseExpired(context, queue, leaseEndedSince(nowMs, expireMs))
      const claimed = await claimCountable(context, queue, left, leaseStart(nowMs))
      if (reserved.length === 0 && claimed.length === left) return claimed
      reserved.push(...claimed)
    }
    return reserved
  }

  /** How long until one of the queues has something due, or a lease that ends. */
  async #dueInMs(queues: readonly string[], now?: Ms): Promise<Ms> {
    const outlook = await this.#dialect.outlook(this.#database, queues)
    const nowMs = now ?? outlook.nowMs
    const dueMs = outlook.dueAt === null ? Infinity : outlook.dueAt * 1000
    const endMs =
      outlook.leasedAt === null || this.#expireMs === null
        ? Infinity
        : outlook.leasedAt * 1000 + this.#expireMs
    return Math.min(dueMs, endMs) - nowMs
  }

  async #context(tx: Transaction, now?: Ms): Promise<SettleContext> {
    const nowMs = now ?? (await this.#dialect.nowMs(tx))
    return { dialect: this.#dialect, tx, connection: this.#connection, nowMs }
  }

  async #open(): Promise<Database> {
    this.#refuseIfClosed()
    const { reopened } = this.#database
    if (this.#reopened !== reopened) this.#opening = undefined
    this.#reopened = reopened
    this.#opening ??= this.#createMissing()
    try {
      await this.#opening
      return this.#database
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async #createMissing(): Promise<void> {
    if (await this.#dialect.hasTables(this.#database)) return
    await this.#database.transaction((tx) => this.#dialect.create(tx))
  }

  #refuseIfClosed(): void {
    if (this.#closed)
      throw new StoreError('this database connector was closed', { transient: false, code: 'CLOSED' })
  }
}

/** Leases begin at the next whole second, so that none is shorter than was asked for. */
function leaseStart(nowMs: Ms): number {
  return Math.ceil(nowMs / 1000)
}

function leaseEndedSince(nowMs: Ms, expireMs: Ms): number {
  return Math.floor((nowMs - expireMs) / 1000)
}

/** A transaction of `createDatabase`, whichever copy of this package made it. */
function isTransaction(tx: unknown): tx is Transaction {
  const { location, query, execute, afterCommit } = (tx ?? {}) as Partial<Transaction>
  return (
    typeof location === 'string' &&
    [query, execute, afterCommit].every((method) => typeof method === 'function')
  )
}

/** The factory behind `connector: 'database'`. */
export const databaseConnector: ConnectorFactory<DatabaseConnectorOptions> = (
  options,
  { connection, root },
) => {
  const dialect = new SqliteDialect(tableNames(options.table, options.prefix))
  return new DatabaseConnector(createDatabase(databaseOptions(options.dsn, root)), dialect, connection)
}
