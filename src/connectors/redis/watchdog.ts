import type { Ms } from '../../contract/time.ts'

/** After a standstill of this process the answers are in the socket, unread: so long it may read before anything counts as late. */
const graceMs: Ms = 50

/** One timer for many deadlines, set to the earliest: calls `look` with the time up to which they are over, which answers the next. */
export class Watchdog {
  readonly #look: (now: Ms) => Ms | undefined
  #timer: NodeJS.Timeout | undefined
  #dueAt: Ms = Infinity
  #isAtRest = true

  constructor(look: (now: Ms) => Ms | undefined) {
    this.#look = look
  }

  /** Keeps the process alive until `rest`. Sets no timer while an earlier deadline is watched. */
  arm(deadlineAt: Ms): void {
    if (this.#isAtRest) {
      this.#isAtRest = false
      this.#timer?.ref()
    }
    if (deadlineAt >= this.#dueAt) return
    this.#dueAt = deadlineAt
    this.#after(deadlineAt - performance.now(), () => this.#over())
  }

  /** Nothing is to be watched for now: the timer stays for what comes soon. */
  rest(): void {
    this.#isAtRest = true
    this.#timer?.unref()
  }

  disarm(): void {
    clearTimeout(this.#timer)
    this.#dueAt = Infinity
  }

  #after(delayMs: Ms, act: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(act, Math.ceil(Math.max(0, delayMs)))
    if (this.#isAtRest) this.#timer.unref()
  }

  #over(): void {
    const now = performance.now()
    this.#after(graceMs, () => {
      this.#dueAt = Infinity
      const next = this.#look(now)
      if (next !== undefined) this.arm(next)
    })
  }
}
