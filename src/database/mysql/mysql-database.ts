import { reconnectPolicy } from '../../contract/retry.ts'
import type { Ms } from '../../contract/time.ts'
import { noteDatabase } from '../beside.ts'
import type { PackedDatabase, PackedTransaction, SqlValue, TransactionOptions } from '../database.ts'
import { outcomeOf } from '../outcome.ts'
import { firstWord, refuseTransactionWord } from '../statement.ts'
import type { MysqlConnection } from './connection.ts'
import { isConflict, isConnectionLost, isLost } from './failures.ts'
import { notePing } from './lost-pings.ts'
import type { MysqlPool } from './pool.ts'
import { type Effect, effectOf, type Reply, rowsOf } from './reply.ts'
import type { ServerFacts } from './session.ts'
import { type Format, formatter } from './sql.ts'
import { rowStream } from './stream.ts'
import { MysqlTransaction } from './transaction.ts'

/** How often a transaction that may be repeated is. */
const mostRepeats = 10
const pauseBeforeRepeat = reconnectPolicy(10, 500)

export interface MysqlDatabaseOptions {
  /** Whether a statement outside a transaction is repeated once when its connection was lost. */
  readonly breakReconnect: boolean
  /** Whether statements of a transaction may travel together. */
  readonly isPacked: boolean
  readonly deadlineMs: Ms
}

/** A database of a MySQL or MariaDB through a pool. */
export class MysqlDatabase implements PackedDatabase {
  /** A server can be asked. */
  readonly isEmpty = false
  readonly #pool: MysqlPool
  readonly #options: MysqlDatabaseOptions
  #facts: ServerFacts | undefined
  #closing: Promise<void> | undefined

  constructor(pool: MysqlPool, options: MysqlDatabaseOptions) {
    this.#pool = pool
    this.#options = options
  }

  get location(): string {
    return this.#facts?.location ?? this.#pool.where
  }

  get reopened(): number {
    return this.#pool.dropped
  }

  async locate(): Promise<string> {
    return this.#facts?.location ?? this.#use(async ({ facts }) => facts!.location)
  }

  /** What the server is; known since the first connection. */
  get facts(): ServerFacts {
    if (this.#facts === undefined) throw new Error(`database ${this.#pool.where}: was not connected yet`)
    return this.#facts
  }

  async query<Row>(sql: string, params?: readonly SqlValue[]): Promise<Row[]> {
    return rowsOf(await this.#statement(sql, params)) as Row[]
  }

  async execute(sql: string, params?: readonly SqlValue[]): Promise<Effect> {
    return effectOf(await this.#statement(sql, params))
  }

  async *stream<Row>(sql: string, params?: readonly SqlValue[]): AsyncIterable<Row> {
    const text = (await this.#checked(sql))(sql, params)
    try {
      yield* this.#rows<Row>(text)
    } catch (error) {
      throw this.#noted(error)
    }
  }

  async transaction<T>(
    fn: (tx: PackedTransaction) => Promise<T>,
    { repeat = false }: TransactionOptions = {},
  ): Promise<T> {
    for (let tries = 1, losses = 0; ; tries++) {
      let hasRun = false
      try {
        return await this.#attempt((tx) => {
          hasRun = true
          return fn(tx)
        })
      } catch (error) {
        const isConflicting = isConflict(error) && repeat && tries <= mostRepeats
        // A server that is away is the caller's to wait for: a lost connection is made anew once.
        const mayReconnect = repeat || (!hasRun && this.#options.breakReconnect)
        if (!isConflicting && !(isLost(error) && mayReconnect && ++losses === 1)) throw error
        if (isConflicting) await pause(pauseBeforeRepeat(tries, error) ?? 0)
      }
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#pool.close()
    return this.#closing
  }

  async *#rows<Row>(text: string): AsyncGenerator<Row> {
    const connection = await this.#acquire()
    try {
      yield* rowStream<Row>(connection, text, this.#options.deadlineMs)
    } finally {
      this.#pool.release(connection)
    }
  }

  async #attempt<T>(fn: (tx: PackedTransaction) => Promise<T>): Promise<T> {
    const format = await formatter()
    const { tx, result } = await this.#use(async (connection) => {
      const tx = new MysqlTransaction(connection, format, this.#options.isPacked)
      noteDatabase(tx, this)
      await tx.begin()
      const ran = await outcomeOf(() => fn(tx))
      tx.end()
      const outcome = tx.brokenBy === undefined ? ran : { error: tx.brokenBy }
      const ended = 'error' in outcome ? outcome : await outcomeOf(() => tx.commit())
      if ('error' in ended) await tx.rollBack()
      if ('error' in outcome) throw outcome.error
      if ('error' in ended) throw ended.error
      return { tx, result: outcome.result }
    })
    await tx.committed()
    return result
  }

  async #statement(sql: string, params: readonly SqlValue[] | undefined): Promise<Reply> {
    const text = (await this.#checked(sql))(sql, params)
    let isSent = false
    const send = () =>
      this.#use((connection) => {
        isSent = true
        return connection.send(text)
      })
    try {
      return await send()
    } catch (error) {
      if (!isSent || !isLost(error) || !this.#options.breakReconnect) throw error
    }
    return send()
  }

  async #checked(sql: string): Promise<Format> {
    refuseTransactionWord(sql, firstWord(sql))
    return formatter()
  }

  async #use<T>(fn: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    try {
      return await this.#borrow(fn)
    } catch (error) {
      throw this.#noted(error)
    }
  }

  /** An error with the way to ask whether the database answers again. */
  #noted(error: unknown): unknown {
    if (isConnectionLost(error)) notePing(error, () => this.#use((connection) => connection.send('DO 0')))
    return error
  }

  async #borrow<T>(fn: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire()
    try {
      return await fn(connection)
    } finally {
      if (connection.isDestroyed) this.#pool.dropIdle()
      this.#pool.release(connection)
    }
  }

  async #acquire(): Promise<MysqlConnection> {
    const connection = await this.#pool.acquire()
    this.#facts = connection.facts
    return connection
  }
}

function pause(ms: Ms): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
