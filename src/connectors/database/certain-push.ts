import { randomBytes } from 'node:crypto'
import { PushOutcomeUnknown, StoreError } from '../../contract/errors.ts'
import type { PackedDatabase, PackedTransaction } from '../../database/database.ts'
import type { Dialect } from './dialect.ts'

type Insert = (tx: PackedTransaction) => Promise<readonly string[]>

/** One push under way: its mark is a number in a row that no other push under way writes. */
interface Push {
  readonly database: PackedDatabase
  readonly insert: Insert
  readonly slot: string
  readonly number: number
}

/**
 * Pushes in transactions of their own, and finds out what became of one whose COMMIT got no answer: each writes its mark too,
 * and who can lock that mark knows that the transaction is over, one way or the other.
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

  async push(database: PackedDatabase, insert: Insert): Promise<readonly string[]> {
    const slot = this.#free.pop() ?? `mark:${this.#producer}:${this.#slots++}`
    const push = { database, insert, slot, number: ++this.#numbers }
    let ids: readonly string[] = []
    const attempt = async (tx: PackedTransaction) => {
      await this.#dialect.mark(tx, slot, push.number)
      ids = await insert(tx)
    }
    try {
      await database.transaction(attempt, { repeat: true })
    } catch (error) {
      if (isUnknown(error)) return this.#findOut(push, ids, error)
      this.#free.push(slot)
      throw error
    }
    this.#free.push(slot)
    return ids
  }

  /** A slot is free again when it is known what its last push came to. */
  async #findOut(push: Push, ids: readonly string[], cause: unknown): Promise<readonly string[]> {
    const { database, insert, slot, number } = push
    let isThere: boolean
    try {
      isThere = await database.transaction((tx) => this.#dialect.isMarked(tx, slot, number))
    } catch {
      throw new PushOutcomeUnknown(
        `the connection was lost while a push was committed, and it could not be found out yet whether it was: ${(cause as Error).message}`,
        () => this.#findOut(push, ids, cause),
        { cause },
      )
    }
    this.#free.push(slot)
    return isThere ? ids : this.push(database, insert)
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'COMMIT_UNKNOWN'
}
