import type { PackedDatabase } from '../../src/database/database.ts'

/** A database whose calls take real time, of which the virtual clock must see nothing: `idle` resolves when none is under way. */
export class CountedDatabase {
  readonly #database: PackedDatabase
  #underWay = 0

  constructor(database: PackedDatabase) {
    this.#database = database
  }

  get location(): string {
    return this.#database.location
  }

  call<T>(use: (database: PackedDatabase) => Promise<T>): Promise<T> {
    this.#underWay++
    return use(this.#database).finally(() => {
      this.#underWay--
    })
  }

  /** What an answer leads to at once has begun by then. */
  async idle(): Promise<void> {
    do await new Promise(setImmediate)
    while (this.#underWay > 0)
  }
}
