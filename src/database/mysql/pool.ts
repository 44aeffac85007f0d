import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { addressText, type MysqlAddress } from './address.ts'
import { MysqlConnection } from './connection.ts'
import { mysqlDriver, type Pool, type PoolConnection } from './driver.ts'
import { storeError } from './failures.ts'
import { isServerThere } from './probe.ts'
import { openSession, type SessionOptions } from './session.ts'

export interface PoolOptions extends SessionOptions {
  readonly connectMs: Ms
  readonly deadlineMs: Ms
  readonly connections: number
  /** Somebody else's, in place of one of our own: its connections are used by others between our uses. */
  readonly existing: Pool | undefined
}

/** A connection that has idled for so long is asked whether it still leads anywhere before it is handed out. */
const idleMs = 1_000
/** How long it may take to answer that. */
const pingMs = 2_000

/** Connections to one MySQL, each set up when it is made and validated when it has idled. */
export class MysqlPool {
  /** How many connections had to be given up. */
  dropped = 0
  readonly where: string
  readonly #address: MysqlAddress
  readonly #options: PoolOptions
  readonly #known = new WeakMap<PoolConnection, MysqlConnection>()
  readonly #idle = new Set<MysqlConnection>()
  #pool: Promise<Pool> | undefined
  #lent = 0
  #closed = false
  #allBack: (() => void) | undefined

  constructor(address: MysqlAddress, options: PoolOptions) {
    this.#address = address
    this.#options = options
    this.where = addressText(address)
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** A connection that is open, set up and known to answer. The caller must give it back. */
  async acquire(): Promise<MysqlConnection> {
    const deadline = performance.now() + this.#options.connectMs
    for (;;) {
      this.#refuseIfClosed()
      const connection = await this.#take(deadline)
      this.#lent++
      this.#idle.delete(connection)
      if (this.#options.existing === undefined) connection.keepAlive(true)
      if (await this.#isReady(connection)) return connection
      this.release(connection)
      this.dropIdle()
    }
  }

  release(connection: MysqlConnection): void {
    this.#lent--
    if (connection.isDestroyed) this.dropped++
    else {
      if (this.#options.existing === undefined) {
        this.#idle.add(connection)
        connection.keepAlive(false)
      }
      connection.raw.release()
    }
    if (this.#lent === 0) this.#allBack?.()
  }

  /** Gives up the connections that nobody uses: what befell one of them has befallen the others. */
  dropIdle(): void {
    for (const connection of this.#idle) connection.destroy()
    this.#idle.clear()
  }

  /** Waits for what is lent, but no longer than a statement may take, then lets go of everything. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#lent > 0) await this.#returned()
    this.dropIdle()
    if (this.#options.existing === undefined)
      await this.#pool?.then((pool) => pool.end(() => undefined)).catch(() => undefined)
  }

  async #isReady(connection: MysqlConnection): Promise<boolean> {
    if (connection.facts !== undefined) {
      return connection.idleMs < idleMs || connection.answers(pingMs)
    }
    try {
      connection.facts = await openSession(connection, this.#options, this.#options.existing !== undefined)
      return true
    } catch (error) {
      connection.destroy()
      this.release(connection)
      throw error
    }
  }

  async #take(deadline: Ms): Promise<MysqlConnection> {
    this.#pool ??= this.#create()
    const pool = await this.#pool
    const raw = await this.#lend(pool, deadline)
    const known = this.#known.get(raw)
    if (known !== undefined) return known
    const isThere = () => isServerThere(pool, pingMs)
    const made = new MysqlConnection(raw, this.where, this.#options.deadlineMs, isThere)
    this.#known.set(raw, made)
    // The driver forgets one that the server ends while nobody uses it, and so must we.
    raw.on('error', () => this.#idle.delete(made))
    return made
  }

  /** What comes too late goes back. */
  #lend(pool: Pool, deadline: Ms): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let isLate = false
      const timer = setTimeout(
        () => {
          isLate = true
          reject(this.#noneFree())
        },
        Math.max(0, deadline - performance.now()),
      )
      pool.getConnection((error, connection) => {
        clearTimeout(timer)
        if (isLate) connection?.release()
        else if (error !== null) reject(this.#closed ? this.#closedError() : storeError(error, this.where))
        else resolve(connection)
      })
    })
  }

  async #create(): Promise<Pool> {
    if (this.#options.existing !== undefined) return this.#options.existing
    const { createPool } = await mysqlDriver()
    const { host, port, socket, user, password, database, tls } = this.#address
    const { connectMs, connections, isPacked } = this.#options
    return createPool({
      ...(socket === undefined ? { host, port } : { socketPath: socket }),
      ...{ user, password, database },
      ...(tls === undefined ? {} : { ssl: { ...tls } }),
      ...{ connectTimeout: connectMs, connectionLimit: connections, multipleStatements: isPacked },
      // What comes out is what is in the table: no number is rounded, no date is moved to another zone.
      ...{ supportBigNumbers: true, dateStrings: true, jsonStrings: true, charset: 'utf8mb4' },
      flags: ['-LOCAL_FILES'],
    })
  }

  #returned(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.deadlineMs)
      this.#allBack = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw this.#closedError()
  }

  #closedError(): StoreError {
    return new StoreError(`database ${this.where}: is closed`, { code: 'CLOSED', transient: false })
  }

  #noneFree(): StoreError {
    const { connectMs, connections } = this.#options
    if (this.#lent < connections)
      return new StoreError(
        `database ${this.where}: the server did not answer within ${connectMs / 1000} s`,
        { code: 'CONNECTION_LOST', transient: true },
      )
    return new StoreError(
      `database ${this.where}: no connection was free within ${connectMs / 1000} s; all ${connections} are in use ` +
        '(inside transaction(tx => …) use tx, and keep network calls outside)',
      { code: 'BUSY', transient: true },
    )
  }
}
