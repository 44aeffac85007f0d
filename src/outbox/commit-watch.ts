import type { Clock, Ms } from '../contract/time.ts'
import type { OwnRows } from './own-rows.ts'
import type { OutboxTable } from './table.ts'

/** The first looks; later ones come after a tenth of the time that has passed. */
const shortestMs: Ms = 15
/** A transaction that takes longer than this is left to the relay. */
const longestMs: Ms = 60_000

interface WatchParts {
  readonly table: OutboxTable
  readonly clock: Clock
  readonly committed: (rows: OwnRows) => void
}

/** Looks for the commit of transactions that tell nobody of it. */
export class CommitWatch {
  readonly #parts: WatchParts
  #isOver = false

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  expect(rows: OwnRows): void {
    const [first] = rows.rows
    if (first !== undefined) this.#later(rows, first.mark)
  }

  stop(): void {
    this.#isOver = true
  }

  #later(rows: OwnRows, mark: string): void {
    const { clock } = this.#parts
    const passedMs = clock.monotonic() - rows.writtenAt
    if (this.#isOver || passedMs > longestMs) return
    clock.after(Math.max(shortestMs, passedMs / 10), () => void this.#look(rows, mark), { unref: true })
  }

  async #look(rows: OwnRows, mark: string): Promise<void> {
    const { table, committed } = this.#parts
    try {
      if ((await table.having([mark])).has(mark)) committed(rows)
      else this.#later(rows, mark)
    } catch {
      this.#later(rows, mark)
    }
  }
}
