import type { WorkerOptions } from '../contract/config.ts'
import type { Reservation } from '../contract/connector.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Delivery } from './delivery.ts'
import type { Executor } from './executor.ts'
import type { Limits } from './limits.ts'
import { Prefetch } from './prefetch.ts'
import type { Slots } from './slots.ts'

interface IntakeParts {
  readonly clock: Clock
  readonly options: Pick<WorkerOptions, 'prefetch' | 'concurrency' | 'restMs' | 'expireMs'>
  readonly slots: Slots
  readonly limits: Limits
  readonly executor: Executor
  /** The least concurrency at which jobs are held ahead where nobody says how many. */
  readonly fetchesAheadFrom: number
  /** Whether new jobs are wanted at all. */
  readonly takesJobs: () => boolean
}

/** How many jobs may come, and where each of them goes: to a slot, into the prefetch, or back as it was. */
export class Intake {
  readonly #parts: IntakeParts
  readonly #prefetch: Prefetch
  #filling = false

  constructor(parts: IntakeParts) {
    this.#parts = parts
    const { clock, options, fetchesAheadFrom, executor } = parts
    const { decline } = executor
    this.#prefetch = new Prefetch({ clock, options, fetchesAheadFrom, decline: decline.bind(executor) })
  }

  /** Jobs that may be taken now, those included that are on their way. */
  get free(): number {
    const { slots, limits, takesJobs } = this.#parts
    if (!takesJobs()) return 0
    const { room, size } = this.#prefetch
    return limits.allowed(slots.free + room, size)
  }

  /** Whether any job is here that has not ended. */
  get isEmpty(): boolean {
    return this.#parts.slots.running.size === 0 && this.#prefetch.size === 0
  }

  /** What comes when it is not wanted goes back as it was. */
  start(reservation: Reservation, reservedAt: Ms, watched: number): void {
    const { slots, limits, executor, takesJobs } = this.#parts
    limits.empty = false
    if (!takesJobs() || limits.allowed(1, this.#prefetch.size) < 1)
      executor.decline(reservation, reservedAt, watched)
    else if (slots.free > 0) executor.run(reservation, reservedAt, watched)
    else if (this.#prefetch.isOn) this.#prefetch.hold(reservation, reservedAt, watched)
    else executor.decline(reservation, reservedAt, watched)
  }

  /** A slot is free: what was held starts. False when the job had none. */
  leave(delivery: Delivery): boolean {
    const { slots, limits, clock } = this.#parts
    if (!slots.leave(delivery)) return false
    limits.ended++
    if (this.#prefetch.isOn) {
      this.#prefetch.ran(clock.monotonic() - delivery.startedAt)
      this.#fill()
    }
    return true
  }

  /** What is held goes back unspent. */
  giveBack(): void {
    this.#prefetch.giveBack()
  }

  stop(): void {
    this.#prefetch.stop()
  }

  /** A job that ends as it starts frees its slot within this loop, which then goes on. */
  #fill(): void {
    if (this.#filling || this.#prefetch.size === 0) return
    const { slots, executor } = this.#parts
    this.#filling = true
    while (slots.free > 0) {
      const held = this.#prefetch.take()
      if (held === undefined) break
      executor.run(held.reservation, held.reservedAt, held.watched)
    }
    this.#filling = false
  }
}
