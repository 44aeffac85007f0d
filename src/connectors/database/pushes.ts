import type { Envelope } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { PackedTransaction } from '../../database/database.ts'
import { CertainPush } from './certain-push.ts'
import type { Dialect, Mark } from './dialect.ts'
import { GatheredPushes } from './gathered-pushes.ts'
import type { Opening } from './opening.ts'
import { insertMarked } from './push.ts'

/** Pushes in transactions of our own: a batch in one, single ones that are in flight together in one too. */
export class Pushes {
  readonly #opening: Opening
  readonly #dialect: Dialect
  readonly #stored: (location: string) => void
  readonly #certain: CertainPush
  readonly #gathered = new GatheredPushes((batch) => this.#store(batch))

  /** `stored` is told where, after each commit. */
  constructor(opening: Opening, dialect: Dialect, stored: (location: string) => void) {
    this.#opening = opening
    this.#dialect = dialect
    this.#stored = stored
    this.#certain = new CertainPush(dialect)
  }

  async push(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    const [first] = batch
    if (batch.length !== 1 || first!.token !== undefined || now !== undefined) return this.#store(batch, now)
    return [await this.#gathered.push(first!)]
  }

  /** Resolves when no single push is under way. */
  drained(): Promise<void> {
    return this.#gathered.drained()
  }

  async #store(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    const database = await this.#opening.open()
    if (batch.length === 0) return []
    const insert = async (tx: PackedTransaction, mark: Mark) =>
      insertMarked(this.#dialect, tx, batch, now ?? (await this.#dialect.nowMs(tx)), mark)
    const ids = await this.#certain.push({ database, count: batch.length, insert })
    this.#stored(database.location)
    return ids
  }
}
