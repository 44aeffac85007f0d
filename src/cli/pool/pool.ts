import type { Ms } from '../../contract/time.ts'
import { type SlotParts, WorkerSlot } from './worker-slot.ts'

interface PoolParts {
  readonly size: number
  /** What the worker of a place is made of; places count from 1. */
  readonly slot: (place: number) => SlotParts
}

/** Between the starts of two workers, so that not all connect in one instant. */
const staggerMs: Ms = 100

/** Workers of the same flags, each in a process of its own. */
export class Pool {
  readonly #slots: readonly WorkerSlot[]

  constructor({ size, slot }: PoolParts) {
    this.#slots = Array.from({ length: size }, (_, at) => new WorkerSlot(slot(at + 1)))
  }

  /** Keeps all places filled; when none is to be filled any more, answers the worst exit code. */
  async run(): Promise<number> {
    return Math.max(...(await Promise.all(this.#slots.map((slot, at) => slot.run(at * staggerMs)))))
  }

  /** Replaces one worker after the other. False: a new one took no jobs, and the others were left alone. */
  async replace(): Promise<boolean> {
    for (const slot of this.#slots) if (!(await slot.replace())) return false
    return true
  }

  end(order: 'stop' | 'stop now'): void {
    for (const slot of this.#slots) slot.end(order)
  }

  tell(order: 'pause' | 'resume'): void {
    for (const slot of this.#slots) slot.tell(order)
  }
}
