import type { Ms } from '../../contract/time.ts'
import type { Pending } from './pending.ts'
import { Watchdog } from './watchdog.ts'

/** The commands of one link between call and answer. While there are any the process lives, and each is told of when it is late. */
export class Outstanding {
  readonly #all = new Set<Pending>()
  readonly #late: (pending: Pending) => void
  readonly #watchdog = new Watchdog((now) => this.#look(now))

  /** `late` is to remove what it is given. */
  constructor(late: (pending: Pending) => void) {
    this.#late = late
  }

  [Symbol.iterator](): Iterator<Pending> {
    return this.#all.values()
  }

  has(pending: Pending): boolean {
    return this.#all.has(pending)
  }

  add(pending: Pending): void {
    this.#all.add(pending)
    this.#watchdog.arm(pending.deadlineAt)
  }

  /** False when it was removed before. */
  delete(pending: Pending): boolean {
    if (!this.#all.delete(pending)) return false
    if (this.#all.size === 0) this.#watchdog.rest()
    return true
  }

  /** Once nothing more is to come. */
  close(): void {
    this.#watchdog.disarm()
  }

  #look(now: Ms): Ms | undefined {
    let next: Ms | undefined
    for (const pending of this.#all)
      if (pending.deadlineAt <= now) this.#late(pending)
      else if (next === undefined || pending.deadlineAt < next) next = pending.deadlineAt
    return next
  }
}
