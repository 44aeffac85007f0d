import { randomBytes } from 'node:crypto'
import { PushOutcomeUnknown, StoreError } from '../../contract/errors.ts'
import type { PackedDatabase, PackedTransaction } from '../../database/database.ts'
import type { Dialect, Mark } from './dialect.ts'

/** What is to be stored, how many they are, and how: `insert` writes the mark too, as the last of its transaction. */
interface Push {
  readonly database: PackedDatabase
  readonly count: number
  readonly insert: (tx: PackedTransaction, mark: Mark) => Promise<readonly string[]>
}

/**
 * Pushes in transactions of their own, and finds out what became of one whose COMMIT got no answer: each writes its mark too. Who
 * finds none leaves a void one in its place, on which a request that is still on its way fails.
 */
export class CertainPush {
  readonly #dialect: Dialect
  readonly #producer = randomBytes(9).toString('base64url')
  readonly #free: string[] = []
  #slots = 0
  #numbers = 0

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  async push(push: Push): Promise<readonly string[]> {
    const slot = this.#free.pop() ?? `mark:${this.#producer}:${this.#slots++}`
    const mark = { slot, number: ++this.#numbers }
    let ids: readonly string[] | undefined
    const attempt = async (tx: PackedTransaction) => {
      ids = undefined
      ids = await push.insert(tx, mark)
      return ids
    }
    try {
      const stored = await push.database.transaction(attempt, { repeat: true })
      this.#free.push(slot)
      return stored
    } catch (error) {
      if (isUnknown(error)) return this.#findOut(push, mark, ids, error)
      this.#free.push(slot)
      throw error
    }
  }

  /** A slot is free again when it is known what its last push came to. `ids`: where the server had told them. */
  async #findOut(
    push: Push,
    mark: Mark,
    ids: readonly string[] | undefined,
    cause: unknown,
  ): Promise<readonly string[]> {
    let found: readonly string[] | null
    try {
      found = await push.database.transaction((tx) => this.#dialect.findOrVoid(tx, mark, push.count))
    } catch {
      throw new PushOutcomeUnknown(
        `the connection was lost while a push was committed, and it could not be found out yet whether it was: ${(cause as Error).message}`,
        () => this.#findOut(push, mark, ids, cause),
        { cause },
      )
    }
    this.#free.push(mark.slot)
    return found === null ? this.push(push) : (ids ?? found)
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'COMMIT_UNKNOWN'
}
