import { JobTimeout } from '../contract/errors.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Delivery } from './delivery.ts'
import { Sweeper } from './sweeper.ts'

/** How long a job that was told to stop may take to unwind before the worker gives it up. */
const unwindMs: Ms = 5_000

interface TimeoutParts {
  readonly clock: Clock
  readonly running: Iterable<Delivery>
  /** Called when a run that cannot be ended alone outlived its time-out and the time to unwind. */
  readonly giveUp: (delivery: Delivery) => void
}

/** Ends runs that take too long: `job.signal` aborts, and what does not unwind is given up. */
export class Timeouts {
  readonly #parts: TimeoutParts
  readonly #sweeper: Sweeper

  constructor(parts: TimeoutParts) {
    this.#parts = parts
    this.#sweeper = new Sweeper(parts.clock, (now) => this.#sweep(now))
  }

  /** Its time runs from `at`, monotonic ms. */
  began(delivery: Delivery, timeoutMs: Ms, at: Ms): void {
    if (timeoutMs <= 0) return
    delivery.timeoutMs = timeoutMs
    delivery.timesOutAt = at + timeoutMs
    this.#sweeper.expect(delivery.timesOutAt)
  }

  stop(): void {
    this.#sweeper.stop()
  }

  #sweep(now: Ms): Ms {
    let next = Infinity
    for (const delivery of this.#parts.running) {
      if (delivery.timesOutAt <= now) this.#expire(delivery, now)
      next = Math.min(next, delivery.timesOutAt)
    }
    return next
  }

  /** While the store has yet to answer, it is not the job that takes so long. */
  #expire(delivery: Delivery, now: Ms): void {
    delivery.timesOutAt = now + unwindMs
    if (delivery.isUnanswered) return
    if (delivery.timeout === undefined) {
      delivery.timeout = new JobTimeout(delivery.timeoutMs)
      delivery.abort(delivery.timeout)
      return
    }
    delivery.timesOutAt = Infinity
    if (delivery.opened?.end !== undefined) delivery.opened.end()
    else this.#parts.giveUp(delivery)
  }
}
