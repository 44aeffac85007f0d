import type { Ms } from '../../contract/time.ts'

/** How long a reading of the store's clock is trusted. */
const trustedMs = 1_000

/**
 * The store's time between two readings of it, carried on by this process's monotonic clock so that it costs no round trip. It
 * may be behind by as long as an answer travels, and is never ahead: what was due stays due.
 */
export class StoreClock {
  #reading: Ms = 0
  #readAt = -Infinity

  /** The store's time, or null when the last reading is too old. */
  get now(): Ms | null {
    const age = performance.now() - this.#readAt
    return age > trustedMs ? null : this.#reading + age
  }

  /** Notes a reading that has just come. */
  read(nowMs: Ms): void {
    this.#readAt = performance.now()
    this.#reading = nowMs
  }
}
