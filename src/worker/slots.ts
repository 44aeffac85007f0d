import type { Clock, Ms } from '../contract/time.ts'
import type { Delivery } from './delivery.ts'
import { Running } from './running.ts'

interface SlotParts {
  readonly clock: Clock
  readonly concurrency: number
  /** How long a slot stays empty after a job. */
  readonly restMs: Ms
  /** A slot may be filled again. */
  readonly rested: () => void
}

/** The places in which jobs run, as many as the concurrency. */
export class Slots {
  /** Jobs under way. */
  readonly running = new Running()
  #resting = 0
  readonly #parts: SlotParts

  constructor(parts: SlotParts) {
    this.#parts = parts
  }

  get free(): number {
    return this.#parts.concurrency - this.running.size - this.#resting
  }

  take(delivery: Delivery): void {
    this.running.add(delivery)
  }

  /** False when it had none. */
  leave(delivery: Delivery): boolean {
    if (!this.running.delete(delivery)) return false
    if (this.#parts.restMs > 0) this.#rest()
    return true
  }

  #rest(): void {
    const { clock, restMs, rested } = this.#parts
    this.#resting++
    const end = () => {
      this.#resting--
      rested()
    }
    clock.after(restMs, end, { unref: true })
  }
}
