import type { Roster, RosterEntry, StoreConnection, StoreConnections } from '../../contract/roster.ts'
import type { Ms } from '../../contract/time.ts'
import type { Database } from '../../database/database.ts'
import type { Dialect } from './dialect.ts'

interface Row {
  readonly name: string | Uint8Array
  readonly value: string
  readonly expires_at: Ms
}

interface ProcessRow {
  readonly id: number | bigint
  readonly user: string
  readonly host: string
  readonly command: string
  readonly info: string | null
}

/** Answers a row when those of other users are shown too. */
const seesAll = `SELECT 1 AS yes FROM information_schema.user_privileges WHERE privilege_type = 'PROCESS'
  AND grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''') LIMIT 1`
const processes = `SELECT id AS id, user AS user, host AS host, command AS command, info AS info
  FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()`

/** Begins the names of workers among the shared values; what follows it in their order ends them. */
const prefix = 'worker:'
const afterPrefix = 'worker;'
/** The first of so many notes looks for workers that are gone. */
const notesPerSweep = 50

/** Who works on a database, in `queue_cache`: a value is `<stays for, ms> <text>`. */
export class DatabaseRoster implements Roster {
  readonly #database: () => Promise<Database>
  readonly #dialect: Dialect
  readonly #table: string
  #notes = 0

  /** `database` answers it once it is open. */
  constructor(database: () => Promise<Database>, dialect: Dialect) {
    this.#database = database
    this.#dialect = dialect
    this.#table = dialect.quote(dialect.names.cache)
  }

  async note(id: string, text: string, ttlMs: Ms, now?: Ms): Promise<void> {
    const database = await this.#database()
    const at = now ?? (await this.#dialect.nowMs(database))
    const value = `${Math.round(ttlMs)} ${text}`
    await database.execute(this.#dialect.putEntry, [prefix + id, value, Math.round(at + ttlMs)])
    if (this.#notes++ % notesPerSweep === 0) await this.#sweep(at)
  }

  async leave(id: string): Promise<void> {
    const database = await this.#database()
    await database.execute(`DELETE FROM ${this.#table} WHERE name = ?`, [prefix + id])
  }

  async all(now?: Ms): Promise<readonly RosterEntry[]> {
    const at = now ?? (await this.#dialect.nowMs(await this.#database()))
    const rows = await this.#rows()
    return rows.filter((row) => row.expires_at > at).map((row) => entryOf(row, at))
  }

  /** Those of this database on a server. */
  async connections(): Promise<StoreConnections | null> {
    if (!this.#dialect.isRemote) return null
    const database = await this.#database()
    const [[privilege], seen] = await Promise.all([
      database.query(seesAll),
      database.query<ProcessRow>(processes),
    ])
    return { seen: seen.map(connectionOf), isWhole: privilege !== undefined }
  }

  async #rows(): Promise<readonly Row[]> {
    const database = await this.#database()
    return database.query<Row>(
      `SELECT name, value, expires_at FROM ${this.#table} WHERE name >= ? AND name < ?`,
      [prefix, afterPrefix],
    )
  }

  /** One by one: a range would wait for those that others are writing. */
  async #sweep(at: Ms): Promise<void> {
    const database = await this.#database()
    for (const { name, expires_at } of await this.#rows()) {
      if (expires_at > at) continue
      await database.execute(`DELETE FROM ${this.#table} WHERE name = ? AND expires_at <= ?`, [name, at])
    }
  }
}

function entryOf({ name, value, expires_at }: Row, now: Ms): RosterEntry {
  const space = value.indexOf(' ')
  const notedAt = expires_at - Number(value.slice(0, space))
  const id = typeof name === 'string' ? name : Buffer.from(name).toString()
  return { id: id.slice(prefix.length), text: value.slice(space + 1), ageMs: now - notedAt }
}

/** A server knows for how long a connection has done what it does, not how old it is. */
function connectionOf({ id, user, host, command, info }: ProcessRow): StoreConnection {
  return {
    id: String(id),
    address: host,
    name: user,
    isOurs: null,
    command: info ?? (command === 'Sleep' ? '' : command),
    ageMs: null,
  }
}
