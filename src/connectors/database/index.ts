import type {
  ConnectorFactory,
  Envelope,
  PullConnector,
  QueueSize,
  Reservation,
  ReserveRequest,
  Settlement,
} from '../../contract/connector.ts'
import type { EffectLedger } from '../../contract/effects.ts'
import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { databaseOf } from '../../database/create.ts'
import type { Executor, PackedDatabase, PackedTransaction } from '../../database/database.ts'
import { SqlLedger } from '../../database/effects/sql-ledger.ts'
import { MysqlDatabase } from '../../database/mysql/mysql-database.ts'
import { DatabaseCache } from './cache.ts'
import { claimFrom, leaseStart } from './claim.ts'
import { type Dialect, mostAttempts } from './dialect.ts'
import { DatabaseFailedJobs } from './failed-jobs.ts'
import { transactionOn } from './given-transaction.ts'
import { MysqlDialect } from './mysql.ts'
import { Opening } from './opening.ts'
import { type DatabaseConnectorOptions, databaseOptions, tableNames } from './options.ts'
import { insertBatch } from './push.ts'
import { Pushes } from './pushes.ts'
import { DatabaseRoster } from './roster.ts'
import { type SettleContext, settleBatch, tooOften } from './settle.ts'
import { queueSize } from './size.ts'
import { SqliteDialect } from './sqlite.ts'
import { tradeIn } from './trade.ts'
import { untilDue, untilFree } from './wait.ts'
import { wake } from './wake.ts'

export type { DatabaseConnectorOptions } from './options.ts'

const none: readonly never[] = []
/** Nothing but SQL is in our transactions. */
const repeatable = { repeat: true }

/** Jobs in the table think-queue keeps them in. Several processes may use one database; a turn of a worker is one commit. */
export class DatabaseConnector implements PullConnector {
  readonly name = 'database'
  readonly wire = 'row'
  readonly resolutionMs = 1000
  readonly fetchesAheadFrom: number
  readonly failed: DatabaseFailedJobs
  readonly cache: DatabaseCache
  readonly roster: DatabaseRoster
  readonly effects: SqlLedger
  readonly #database: PackedDatabase
  readonly #dialect: Dialect
  readonly #connection: string
  readonly #opening: Opening
  readonly #pushes: Pushes
  /** Of the last reserve: a lease's length is the reader's affair, so waiting must know it. */
  #expireMs: Ms | null = null
  /** When there last was a job, monotonic. */
  #busyAt: Ms = -Infinity

  constructor(database: PackedDatabase, dialect: Dialect, connection: string) {
    this.#database = database
    this.#dialect = dialect
    // A turn is a commit: that of one job carries another.
    this.fetchesAheadFrom = dialect.isRemote ? 1 : Infinity
    this.#connection = connection
    this.#opening = new Opening(database, dialect)
    this.#pushes = new Pushes(this.#opening, dialect, (location) => this.#pushed(location))
    this.failed = new DatabaseFailedJobs(() => this.#opening.open(), dialect, connection)
    this.cache = new DatabaseCache(() => this.#opening.open(), dialect)
    this.roster = new DatabaseRoster(() => this.#opening.open(), dialect)
    this.effects = new SqlLedger(() => this.#opening.open(), dialect.effects)
  }

  async open(): Promise<void> {
    await this.#opening.open()
  }

  /** The DDL of the jobs table and the small ones beside it, and that of the failed jobs. */
  get schema(): { readonly jobs: string; readonly failed: string } {
    const script = (statements: readonly string[]) => statements.map((each) => `${each};\n`).join('')
    return { jobs: script(this.#dialect.jobsSchema), failed: script(this.#dialect.failedSchema) }
  }

  /** Creates the tables that are missing, and the indexes that a table made by somebody else lacks. */
  applySchema(): Promise<void> {
    return this.#opening.addIndexes()
  }

  /** Pushes under way are stored before. */
  async close(): Promise<void> {
    await this.#pushes.drained()
    const closing = this.#opening.close()
    wake(this.#database.location)
    await closing
  }

  push(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    return this.#pushes.push(batch, now)
  }

  async pushIn(theirs: unknown, batch: readonly Envelope[], now?: Ms): Promise<readonly string[] | null> {
    const tx = await transactionOn(this.#database, theirs)
    if (tx === null) return null
    await this.#opening.openIn(tx)
    const ids = await insertBatch(this.#dialect, tx, batch, await this.#nowMs(tx, now))
    // Where nobody tells of the commit, those who wait begin to look for it.
    if (tx.afterCommit === undefined) this.#pushed(tx.location)
    else tx.afterCommit(() => this.#pushed(tx.location))
    return ids
  }

  async reserve(request: ReserveRequest): Promise<readonly Reservation[]> {
    const database = await this.#opening.open()
    this.#expireMs = request.expireMs
    const dueInMs = await this.#dueInMs(request.queues, request.now)
    if (dueInMs > 0 || request.limit <= 0) return none
    const claim = async (tx: PackedTransaction) => claimFrom(await this.#context(tx, request.now), request)
    return this.#noteJobs(await database.transaction(claim, repeatable))
  }

  async settle(batch: readonly Settlement[], now?: Ms): Promise<readonly Settlement[]> {
    const database = await this.#opening.open()
    if (batch.length === 0) return none
    const settle = async (tx: PackedTransaction) => settleBatch(await this.#context(tx, now), batch)
    return database.transaction(settle, repeatable)
  }

  async exchange(batch: readonly Settlement[], request: ReserveRequest) {
    if (batch.length === 0) return { refused: none, reserved: await this.reserve(request) }
    const database = await this.#opening.open()
    this.#expireMs = request.expireMs
    const { refused, reserved, isWhole } = await database.transaction(
      async (tx) => tradeIn(await this.#context(tx, request.now), batch, request),
      repeatable,
    )
    this.#noteJobs(reserved)
    return { refused, reserved: isWhole ? reserved : await this.#countable(reserved, request) }
  }

  async touch(
    batch: readonly Reservation[],
    _expireMs: Ms | null,
    now?: Ms,
  ): Promise<readonly Reservation[]> {
    const database = await this.#opening.open()
    if (batch.length === 0) return none
    const receipts = batch.map(({ receipt }) => receipt)
    const nowMs = now ?? (await this.#dialect.nowMs(database))
    const renewed = await this.#dialect.touch(database, receipts, leaseStart(nowMs))
    return batch.filter(({ receipt }) => !renewed.has(receipt))
  }

  async effectsIn(theirs: unknown): Promise<EffectLedger | null> {
    const tx = await transactionOn(this.#database, theirs)
    if (tx === null) return null
    await this.#opening.openIn(tx)
    return new SqlLedger(async () => tx, this.#dialect.effects, this.effects)
  }

  async deleteIn(theirs: unknown, { receipt }: Reservation, committed: () => void): Promise<boolean | null> {
    const tx = await transactionOn(this.#database, theirs)
    if (tx === null) return null
    if (!(await this.#dialect.removeOne(tx, receipt))) return false
    tx.afterCommit?.(committed)
    return true
  }

  async size(queue: string, now?: Ms): Promise<QueueSize> {
    return queueSize(await this.#opening.open(), this.#dialect, this.#connection, queue, now)
  }

  async clear(queue: string): Promise<number> {
    const database = await this.#opening.open()
    const jobs = this.#dialect.quote(this.#dialect.names.jobs)
    const sql = `DELETE FROM ${jobs} WHERE queue = ? AND reserved = 0`
    return (await database.transaction((tx) => tx.execute(sql, [queue]), repeatable)).affectedRows
  }

  async wait(queues: readonly string[], timeoutMs: Ms, signal: AbortSignal): Promise<readonly Reservation[]> {
    const database = await this.#opening.open()
    const isClosed = () => this.#opening.isClosed
    const watched = {
      location: database.location,
      get closed() {
        return isClosed()
      },
      version: () => this.#dialect.version(database),
      dueInMs: () => this.#dueInMs(queues),
      restMs: (looks: number) => this.#dialect.restMs(looks, performance.now() - this.#busyAt),
    }
    await untilDue(watched, timeoutMs, signal)
    return none
  }

  isTransient(error: unknown): boolean {
    return error instanceof StoreError && error.transient
  }

  /** What was reserved without a second look: a row that a stranger gave too many attempts is buried, and another one looked for. */
  async #countable(
    reserved: readonly Reservation[],
    request: ReserveRequest,
  ): Promise<readonly Reservation[]> {
    const spent = reserved.filter(({ attempts }) => attempts > mostAttempts)
    if (reserved.length > spent.length) return reserved
    await this.settle(spent.map(tooOften), request.now)
    return this.reserve(request)
  }

  #pushed(location: string): void {
    this.#busyAt = performance.now()
    wake(location)
  }

  #noteJobs(reserved: readonly Reservation[]): readonly Reservation[] {
    if (reserved.length > 0) this.#busyAt = performance.now()
    return reserved
  }

  /** How long until one of the queues has something due, or a lease that ends. */
  async #dueInMs(queues: readonly string[], now?: Ms): Promise<Ms> {
    const outlook = await this.#dialect.outlook(this.#database, queues, this.#expireMs, now)
    return untilFree(outlook, this.#expireMs, now ?? outlook.nowMs)
  }

  async #context(tx: PackedTransaction, now?: Ms): Promise<SettleContext> {
    const nowMs = await this.#nowMs(tx, now)
    return { dialect: this.#dialect, tx, connection: this.#connection, nowMs }
  }

  async #nowMs(tx: Executor, now?: Ms): Promise<Ms> {
    return now ?? this.#dialect.nowMs(tx)
  }
}

/** The factory behind `connector: 'database'`. */
export const databaseConnector: ConnectorFactory<DatabaseConnectorOptions> = (
  options,
  { connection, root },
) => {
  const names = tableNames(options.table, options.prefix)
  const database = databaseOf(databaseOptions(options, root), 'queue')
  const dialect =
    database instanceof MysqlDatabase
      ? new MysqlDialect(names, () => database.facts)
      : new SqliteDialect(names)
  return new DatabaseConnector(database, dialect, connection)
}
