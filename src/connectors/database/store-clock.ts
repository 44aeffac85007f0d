import type { Ms } from '../../contract/time.ts'

/** How long a reading of the store's clock is trusted. */
const trustedMs = 1_000

/** The store's time between two readings of it, carried on by this process's monotonic clock so that it costs no round trip. */
export class StoreClock {
  #offsetMs = 0
  #readAt = -Infinity

  /** The store's time, or null when the last reading is too old. */
  get now(): Ms | null {
    const at = performance.now()
    return at - this.#readAt > trustedMs ? null : at + this.#offsetMs
  }

  /** Notes a reading that was asked for at `askedAt` (monotonic) and came just now. */
  read(nowMs: Ms, askedAt: Ms): Ms {
    this.#readAt = performance.now()
    // It was read half-way, as far as can be known.
    this.#offsetMs = nowMs - (askedAt + this.#readAt) / 2
    return this.#readAt + this.#offsetMs
  }
}
