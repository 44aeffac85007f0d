import type { Clock, Ms } from '../contract/time.ts'
import { byQueue, type Mover } from './mover.ts'
import type { NewRow } from './table.ts'

/** Rows of one transaction of this process that has committed. */
export interface OwnRows {
  readonly rows: readonly NewRow[]
  /** The term they were written with; 0: none. */
  readonly term: number
  /** When they were written, monotonic: their delay counts from then. */
  readonly writtenAt: number
}

/**
 * Moves what this process has committed, at once: what commits while a call is under way goes together in the next. What cannot
 * be moved now is left to the relay.
 */
export class OwnSender {
  readonly #mover: Mover
  readonly #clock: Clock
  #waiting: OwnRows[] = []
  #running: Promise<void> | undefined

  constructor(mover: Mover, clock: Clock) {
    this.#mover = mover
    this.#clock = clock
  }

  committed(rows: OwnRows): void {
    this.#waiting.push(rows)
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Ends when nothing is under way. */
  async settled(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const all = this.#waiting
      this.#waiting = []
      const terms = new Set(all.map(({ term }) => term))
      for (const term of terms)
        await this.#send(
          all.filter((each) => each.term === term),
          term,
        )
    }
  }

  async #send(own: readonly OwnRows[], term: number): Promise<void> {
    const left: NewRow[] = []
    for (const [queue, rows] of byQueue(
      own.flatMap((each) => withDelayLeft(each, this.#clock.monotonic())),
    )) {
      const isDone = term > 0 && (await this.#delivered(queue, rows, term))
      if (!isDone) left.push(...rows)
    }
    // Where the term was over, or none was known yet: claimed like anybody's.
    await this.#mover.move(left.map(({ mark }) => ({ mark, term }))).catch(() => undefined)
  }

  async #delivered(queue: string, rows: readonly NewRow[], term: number): Promise<boolean> {
    try {
      return await this.#mover.deliver(queue, rows, { term, isContested: false })
    } catch {
      return false
    }
  }
}

function withDelayLeft({ rows, writtenAt }: OwnRows, now: Ms): readonly NewRow[] {
  const spentMs = now - writtenAt
  return rows.map((row) =>
    row.delayMs === 0 ? row : { ...row, delayMs: Math.max(0, row.delayMs - spentMs) },
  )
}
