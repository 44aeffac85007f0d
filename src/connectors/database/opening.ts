import { StoreError } from '../../contract/errors.ts'
import type { Executor, PackedDatabase } from '../../database/database.ts'
import type { Dialect } from './dialect.ts'

/** A connector's database with its tables: opened when first needed, looked at anew when a connection had to be given up. */
export class Opening {
  readonly #database: PackedDatabase
  readonly #dialect: Dialect
  #opening: Promise<void> | undefined
  /** Of the database, when the tables were last known to be there. */
  #reopened = 0
  #closed = false

  constructor(database: PackedDatabase, dialect: Dialect) {
    this.#database = database
    this.#dialect = dialect
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** The database, its tables there. */
  async open(): Promise<PackedDatabase> {
    this.refuseIfClosed()
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

  /** Sees to it that the tables are there for a transaction of somebody else's. */
  async openIn(tx: Executor): Promise<void> {
    this.refuseIfClosed()
    if (this.#dialect.ddlCommits) await this.open()
    else if (!(await this.#dialect.inspect(tx))) await this.#dialect.create(tx)
  }

  /** Adds what a table made by somebody else lacks. */
  async addIndexes(): Promise<void> {
    const database = await this.open()
    await this.#dialect.addIndexes(database)
    await this.#dialect.inspect(database)
  }

  close(): Promise<void> {
    this.#closed = true
    return this.#database.close()
  }

  refuseIfClosed(): void {
    if (this.#closed)
      throw new StoreError('this database connector was closed', { transient: false, code: 'CLOSED' })
  }

  async #createMissing(): Promise<void> {
    const [database, dialect] = [this.#database, this.#dialect]
    if (await dialect.inspect(database)) return
    if (dialect.ddlCommits) await dialect.create(database)
    else await database.transaction((tx) => dialect.create(tx))
    await dialect.inspect(database)
  }
}
