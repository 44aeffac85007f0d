import type { Settlement } from '../contract/connector.ts'
import type { Clock } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import type { Delivery } from './delivery.ts'

interface SettlerParts {
  readonly clock: Clock
  readonly emitter: Emitter
  /** Called when something waits to be settled. */
  readonly wake: () => void
}

/** Settlements on their way to the store: collected for one turn, repeated until the store answers. */
export class Settler {
  #waiting: Delivery[] = []
  #travelling = 0
  readonly #parts: SettlerParts

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /** Settlements the store has not answered yet. */
  get size(): number {
    return this.#waiting.length + this.#travelling
  }

  add(delivery: Delivery): void {
    this.#waiting.push(delivery)
    this.#parts.wake()
  }

  /** Everything that waits; each must come back by `confirm` or `giveBack`. */
  take(): readonly Delivery[] {
    const batch = this.#waiting
    if (batch.length > 0) this.#waiting = []
    this.#travelling += batch.length
    return batch
  }

  confirm(batch: readonly Delivery[], refused: readonly Settlement[]): void {
    this.#travelling -= batch.length
    const lost =
      refused.length === 0 ? undefined : new Set(refused.map(({ reservation }) => key(reservation)))
    for (const delivery of batch) {
      if (lost?.has(key(delivery.reservation)) && !this.#wasDone(delivery)) this.#lose(delivery)
      else delivery.confirm(true)
    }
  }

  /** The store did not answer: they wait for the next turn, fenced by their receipts however late it is. */
  giveBack(batch: readonly Delivery[]): void {
    this.#travelling -= batch.length
    for (const delivery of batch) delivery.sent = true
    this.#waiting.push(...batch)
  }

  /** A refusal of the repeat after a lost reply means done, as long as nobody else can have had the job. */
  #wasDone(delivery: Delivery): boolean {
    return delivery.sent && delivery.leaseEndsAt > this.#parts.clock.monotonic()
  }

  #lose(delivery: Delivery): void {
    delivery.isLost = true
    delivery.confirm(false)
    if (this.#parts.emitter.hears('job:lost')) this.#parts.emitter.emit('job:lost', delivery.event())
  }
}

function key({ id, receipt }: { readonly id: string; readonly receipt: string }): string {
  return `${id} ${receipt}`
}
