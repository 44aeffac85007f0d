import type { PackedTransaction } from '../../database/database.ts'
import type { Mark } from './dialect.ts'
import type { TableNames } from './options.ts'

/** How long a mark is kept, in seconds. */
const markLifetime = 24 * 60 * 60

/** Of a mark, `number:first id` or, of one that was voided, `number:`. */
const numberOf = "SUBSTRING_INDEX(value, ':', 1) + 0"

/** The marks of pushes, in the table of what must not happen twice: a row of its own for each slot. */
export class MysqlMarks {
  readonly #table: string

  constructor({ once }: TableNames) {
    this.#table = `\`${once}\``
  }

  /**
   * Notes the push with the first id of the INSERT before. Fails in a slot that has got so far already, as it has where the push was
   * voided. Marks of producers that are long gone are removed by the first push of a new one.
   */
  async note(tx: PackedTransaction, { slot, number }: Mark): Promise<void> {
    if (number === 1)
      await tx.defer(
        `DELETE FROM ${this.#table} WHERE name LIKE 'mark:%' AND created_at < UNIX_TIMESTAMP() - ${markLifetime} LIMIT 1000`,
      )
    await tx.defer(
      `INSERT INTO ${this.#table} (name, value, created_at) VALUES (?, CONCAT(?, ':', LAST_INSERT_ID()), UNIX_TIMESTAMP())
        ON DUPLICATE KEY UPDATE value = IF(${numberOf} < ?, VALUES(value), (SELECT 1 UNION SELECT 2)), created_at = VALUES(created_at)`,
      [slot, String(number), number],
    )
  }

  /** Waits until the push is over. Answers its first id, or null when it was not committed, and from now on never will be. */
  async findOrVoid(tx: PackedTransaction, { slot, number }: Mark): Promise<number | null> {
    await tx.defer(
      `INSERT INTO ${this.#table} (name, value, created_at) VALUES (?, ?, UNIX_TIMESTAMP())
        ON DUPLICATE KEY UPDATE value = IF(${numberOf} < ?, VALUES(value), value)`,
      [slot, `${number}:`, number],
    )
    const sql = `SELECT value FROM ${this.#table} WHERE name = ? FOR UPDATE`
    const [row] = await tx.query<{ value: string }>(sql, [slot])
    const [, firstId = ''] = row!.value.split(':')
    return firstId === '' ? null : Number(firstId)
  }
}
