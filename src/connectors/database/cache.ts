import type { Cache } from '../../contract/connector.ts'
import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import type { Database, Executor } from '../../database/database.ts'
import type { Dialect } from './dialect.ts'

interface Entry {
  readonly value: string
  readonly expires_at: Ms | null
}

/** One in so many additions looks for values whose time is over. */
const sweepsOneIn = 200

/** The shared values of a database, in `queue_cache`. */
export class DatabaseCache implements Cache {
  readonly #database: () => Promise<Database>
  readonly #dialect: Dialect
  readonly #table: string

  /** `database` answers it once it is open. */
  constructor(database: () => Promise<Database>, dialect: Dialect) {
    this.#database = database
    this.#dialect = dialect
    this.#table = dialect.quote(dialect.names.cache)
  }

  async get(key: string, now?: Ms): Promise<string | null> {
    return (await this.#live(await this.#database(), key, now))?.value ?? null
  }

  set(key: string, value: string, ttlMs: Ms | null = null, now?: Ms): Promise<void> {
    return this.#change(key, now, (tx, at) => this.#put(tx, key, value, endOf(ttlMs, at)))
  }

  async add(key: string, value: string, ttlMs: Ms | null = null, now?: Ms): Promise<boolean> {
    const isAdded = await this.#change(key, now, async (tx, at) => {
      if ((await this.#live(tx, key, at)) !== undefined) return false
      await this.#put(tx, key, value, endOf(ttlMs, at))
      return true
    })
    if (isAdded && ttlMs !== null && Math.random() * sweepsOneIn < 1) await this.#sweep(now)
    return isAdded
  }

  increment(key: string, by = 1, now?: Ms): Promise<number> {
    return this.#change(key, now, async (tx, at) => {
      const entry = await this.#live(tx, key, at)
      const value = Number(entry?.value ?? 0) + by
      if (!Number.isSafeInteger(value))
        throw new StoreError(`cache value ${JSON.stringify(key)}: is no integer that can be added to`, {
          code: 'NOT_AN_INTEGER',
          transient: false,
        })
      await this.#put(tx, key, String(value), entry?.expires_at ?? null)
      return value
    })
  }

  forget(key: string, now?: Ms): Promise<boolean> {
    return this.#change(key, now, async (tx, at) => {
      const there = (await this.#live(tx, key, at)) !== undefined
      await tx.execute(`DELETE FROM ${this.#table} WHERE name = ?`, [key])
      return there
    })
  }

  /** Removes some whose time is over; when that fails they wait for the next time. */
  async #sweep(now: Ms | undefined): Promise<void> {
    try {
      const database = await this.#database()
      const at = now ?? (await this.#dialect.nowMs(database))
      const over = `FROM ${this.#table} WHERE expires_at <= ?`
      const dead = await database.query<{ name: string | Uint8Array }>(`SELECT name ${over} LIMIT 100`, [at])
      // One by one: to look for them all under a lock would wait for those that others are writing.
      for (const { name } of dead) await database.execute(`DELETE ${over} AND name = ?`, [at, name])
    } catch {
      // What was asked for is done.
    }
  }

  async #change<T>(key: string, now: Ms | undefined, fn: (tx: Executor, now: Ms) => Promise<T>): Promise<T> {
    const database = await this.#database()
    const change = async (tx: Executor) => {
      await this.#dialect.lockEntry(tx, key)
      return fn(tx, now ?? (await this.#dialect.nowMs(tx)))
    }
    return database.transaction(change, { repeat: true })
  }

  async #live(executor: Executor, key: string, now: Ms | undefined): Promise<Entry | undefined> {
    const sql = `SELECT value, expires_at FROM ${this.#table} WHERE name = ?`
    const [entry] = await executor.query<Entry>(sql, [key])
    if (entry === undefined || entry.expires_at === null) return entry
    return entry.expires_at > (now ?? (await this.#dialect.nowMs(executor))) ? entry : undefined
  }

  async #put(tx: Executor, key: string, value: string, expiresAt: Ms | null): Promise<void> {
    await tx.execute(this.#dialect.putEntry, [key, value, expiresAt])
  }
}

function endOf(ttlMs: Ms | null, now: Ms): Ms | null {
  return ttlMs === null ? null : Math.round(now + ttlMs)
}
