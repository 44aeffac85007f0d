import { expect } from 'vitest'
import type { Database, Transaction } from '../src/database/database.ts'

interface RacesParts {
  readonly database: Database
  /** The worker's own. */
  readonly reader: Database
  /** A table with an id that counts by itself. */
  readonly orders: string
}

/** Transactions that insert an order and push a job for it, every fifth rolled back, against a worker that looks for that order. */
export class CommitRaces {
  /** Jobs that ran before their order was there. */
  early = 0
  readonly ran: number[] = []
  readonly committed: number[] = []
  readonly #parts: RacesParts

  constructor(parts: RacesParts) {
    this.#parts = parts
  }

  /** What the job does. */
  readonly job = async (order: number): Promise<void> => {
    const { reader, orders } = this.#parts
    const found = await reader.query(`SELECT 1 FROM ${orders} WHERE id = ?`, [order])
    if (found.length === 0) this.early++
    this.ran.push(order)
  }

  /** `handled` is awaited after each commit. */
  async run(
    count: number,
    push: (order: number, tx: Transaction) => Promise<unknown>,
    handled: (order: number) => Promise<unknown>,
  ): Promise<void> {
    const { database, orders } = this.#parts
    for (let race = 0; race < count; race++) {
      const isKept = race % 5 !== 0
      let order = 0
      const done = database.transaction(async (tx) => {
        order = (await tx.execute(`INSERT INTO ${orders} VALUES ()`)).insertId
        await push(order, tx)
        if (race % 3 === 0) await new Promise((resolve) => setTimeout(resolve, race % 7))
        if (!isKept) throw new Error('rolled back')
      })
      if (!isKept) await expect(done).rejects.toThrow('rolled back')
      else {
        await done
        this.committed.push(order)
        await handled(order)
      }
    }
  }
}
