import type { OutboxStore } from '../contract/outbox.ts'
import type { NewRow, OutboxTable, SeenRow } from './table.ts'

/** A queue whose rows the store refused, for a reason that does not pass by itself. */
export interface Refusal {
  readonly queue: string
  readonly error: unknown
}

interface MoverParts {
  readonly table: OutboxTable
  readonly store: OutboxStore
  /** Whether an error of the store may pass by itself. */
  readonly isTransient: (error: unknown) => boolean
}

/**
 * One sender of rows. Each step may be repeated, and a sender may die after any: the row is sent, then deleted, and only when
 * that has committed is its mark forgotten. Rows that were sent in vain, or with an unknown outcome, are claimed by a higher term,
 * which makes sure that what may still be on its way comes to nothing once the mark is gone.
 */
export class Mover {
  /** How many rows it saw through. */
  moved = 0
  readonly #parts: MoverParts
  #term = 0
  #asking: Promise<number> | undefined

  constructor(parts: MoverParts) {
    this.#parts = parts
  }

  /** The term now, 0 while there is none. */
  get term(): number {
    return this.#term
  }

  async termAbove(above: number): Promise<number> {
    if (this.#term > above) return this.#term
    this.#asking ??= this.#parts.store.nextTerm(above).finally(() => {
      this.#asking = undefined
    })
    const term = await this.#asking
    if (term <= above) return this.termAbove(above)
    this.#term = Math.max(this.#term, term)
    return this.#term
  }

  /** Takes rows over and moves them. Answers which queues were refused; rejects when table or store are away. */
  async move(rows: readonly SeenRow[]): Promise<readonly Refusal[]> {
    const refusals: Refusal[] = []
    if (rows.length === 0) return refusals
    const before = Math.max(...rows.map(({ term }) => Number(term)))
    const term = await this.termAbove(before)
    const marks = rows.map(({ mark }) => mark)
    for await (const part of this.#parts.table.claim(marks, before, term)) {
      for (const [queue, some] of byQueue(part)) {
        try {
          await this.deliver(queue, some, { term, isContested: before > 0 })
        } catch (error) {
          if (this.#parts.isTransient(error)) throw error
          refusals.push({ queue, error })
        }
      }
    }
    return refusals
  }

  /** Sends rows that are this term's, and forgets them. `isContested`: others may have sent them too. False: some are left. */
  async deliver(
    queue: string,
    rows: readonly NewRow[],
    { term, isContested }: { readonly term: number; readonly isContested: boolean },
  ): Promise<boolean> {
    const { table, store } = this.#parts
    if (!(await store.take(queue, rows, term))) return false
    const marks = rows.map(({ mark }) => mark)
    // Fewer, and somebody else has claimed some, or the answer to a first try was lost: their marks wait for the sweep.
    const removed = await table.remove(marks, term)
    this.moved += removed
    if (removed < marks.length) return false
    await store.forget(queue, marks, isContested ? term : null)
    return true
  }
}

/** The rows of each queue, in their order. */
export function byQueue(rows: readonly NewRow[]): ReadonlyMap<string, readonly NewRow[]> {
  const groups = new Map<string, NewRow[]>()
  for (const row of rows) {
    const group = groups.get(row.queue)
    if (group === undefined) groups.set(row.queue, [row])
    else group.push(row)
  }
  return groups
}
