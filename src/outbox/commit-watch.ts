import type { Clock, Ms } from '../contract/time.ts'
import type { OwnRows } from './own-rows.ts'
import type { OutboxTable } from './table.ts'

/** The first look; later ones come after a tenth of the time that has passed. */
const shortestMs: Ms = 15
/** A transaction that takes longer than this is left to the relay. */
const longestMs: Ms = 60_000
const mostInLook = 500

interface WatchParts {
  readonly table: OutboxTable
  readonly clock: Clock
  readonly committed: (rows: OwnRows) => void
}

interface Watched {
  readonly mark: string
  readonly rows: OwnRows
  /** When it is looked for next, monotonic. */
  dueAt: Ms
}

/** Looks for the commit of transactions that tell nobody of it, for all that are due together. */
export class CommitWatch {
  readonly #parts: WatchParts
  readonly #watched = new Set<Watched>()
  #isOver = false
  /** When the next look is, monotonic; Infinity: none is planned. */
  #nextAt: Ms = Infinity
  #cancel = () => {}

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  expect(rows: OwnRows): void {
    const [first] = rows.rows
    if (first === undefined) return
    const dueAt = this.#parts.clock.monotonic() + shortestMs
    this.#watched.add({ mark: first.mark, rows, dueAt })
    this.#plan(dueAt)
  }

  stop(): void {
    this.#isOver = true
    this.#cancel()
  }

  #plan(at: Ms): void {
    if (this.#isOver || at >= this.#nextAt) return
    const { clock } = this.#parts
    this.#cancel()
    this.#nextAt = at
    this.#cancel = clock.after(Math.max(0, at - clock.monotonic()), () => void this.#look(), { unref: true })
  }

  async #look(): Promise<void> {
    const { clock, committed } = this.#parts
    const now = clock.monotonic()
    const due = [...this.#watched].filter(({ dueAt }) => dueAt <= now).slice(0, mostInLook)
    for (const each of due) this.#watched.delete(each)
    this.#planNext()
    if (due.length === 0) return
    const there = await this.#there(due)
    for (const each of due) {
      if (there.has(each.mark)) committed(each.rows)
      else this.#later(each)
    }
  }

  /** The marks that have committed; a look that fails has found none. */
  async #there(due: readonly Watched[]): Promise<ReadonlySet<string>> {
    try {
      return await this.#parts.table.having(due.map(({ mark }) => mark))
    } catch {
      return new Set()
    }
  }

  #later(watched: Watched): void {
    const now = this.#parts.clock.monotonic()
    const passedMs = now - watched.rows.writtenAt
    if (this.#isOver || passedMs > longestMs) return
    watched.dueAt = now + Math.max(shortestMs, passedMs / 10)
    this.#watched.add(watched)
    this.#plan(watched.dueAt)
  }

  #planNext(): void {
    this.#nextAt = Infinity
    let earliest = Infinity
    for (const { dueAt } of this.#watched) earliest = Math.min(earliest, dueAt)
    if (earliest < Infinity) this.#plan(Math.max(earliest, this.#parts.clock.monotonic() + shortestMs))
  }
}
