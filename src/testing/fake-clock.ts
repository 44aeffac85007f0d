import type { Clock, Ms } from '../contract/time.ts'

interface Timer {
  readonly dueMs: Ms
  readonly fn: () => void
}

/** A clock that moves only when it is told to, for tests of whatever takes a `Clock`. */
export class FakeClock implements Clock {
  /** In order of making, which decides between equal due times. */
  readonly #timers = new Set<Timer>()
  #wallMs: Ms
  #monotonicMs: Ms

  constructor({ wallMs = 1_800_000_000_000, monotonicMs = 0 } = {}) {
    this.#wallMs = wallMs
    this.#monotonicMs = monotonicMs
  }

  wall(): Ms {
    return this.#wallMs
  }

  monotonic(): Ms {
    return this.#monotonicMs
  }

  after(delayMs: Ms, fn: () => void): () => void {
    const timer = {
      dueMs: this.#monotonicMs + Math.max(0, delayMs || 0),
      fn,
    }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size
  }

  /** When the next timer is due, in ms from now; null: there is none. */
  get nextMs(): Ms | null {
    const next = this.#next()
    return next === undefined ? null : next.dueMs - this.#monotonicMs
  }

  /**
   * Moves both clocks and runs what falls due on the way, in order, each at its own time. Whatever promises a timer settles has
   * happened before the next one runs and before this one resolves.
   */
  async advance(ms: Ms): Promise<void> {
    const untilMs = this.#monotonicMs + ms
    await settled()
    for (let next = this.#next(); next !== undefined && next.dueMs <= untilMs; next = this.#next()) {
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs))
      this.#timers.delete(next)
      next.fn()
      await settled()
    }
    this.#moveTo(untilMs)
  }

  /** Moves the wall clock alone, forward or back, as an administrator or NTP would. */
  stepWall(ms: Ms): void {
    this.#wallMs += ms
  }

  #moveTo(monotonicMs: Ms): void {
    this.#wallMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueMs < next.dueMs) next = timer
    }
    return next
  }
}

/** Resolves when no promise has anything left to do at once. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
