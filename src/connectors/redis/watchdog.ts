import type { Ms } from '../../contract/time.ts'

const tickMs: Ms = 100

/** One timer for all that is pending: calls `look` now and then, for as long as it answers true. */
export class Watchdog {
  readonly #look: (now: Ms) => boolean
  #timer: NodeJS.Timeout | undefined
  #lastAt: Ms = 0

  constructor(look: (now: Ms) => boolean) {
    this.#look = look
  }

  arm(): void {
    if (this.#timer !== undefined) return
    this.#lastAt = performance.now()
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  disarm(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const now = performance.now()
    const lateMs = now - this.#lastAt
    this.#lastAt = now
    // After a standstill of this process the answers may be in the socket, unread.
    if (lateMs > 10 * tickMs) return
    if (!this.#look(now)) this.disarm()
  }
}
