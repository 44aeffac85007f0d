import type { Settlement } from '../contract/connector.ts'
import type { Clock } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import type { Delivery } from './delivery.ts'
import { errorRecord, toError } from './error-record.ts'

interface SettlerParts {
  readonly clock: Clock
  readonly emitter: Emitter
  /** Called when something waits to be settled. */
  readonly wake: () => void
}

const nothing: readonly never[] = []

/** Settlements on their way to the store: collected for one turn, repeated until the store answers. */
export class Settler {
  #waiting: Delivery[] = []
  #travelling: readonly Delivery[] = nothing
  /** How many of those that wait go one by one, since one of them was refused for good. */
  #singles = 0
  readonly #parts: SettlerParts

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /** Settlements the store has not answered yet. */
  get size(): number {
    return this.#waiting.length + this.#travelling.length
  }

  /** Whether the next batch must travel alone, so that what it meets is known to be its own. */
  get isProbing(): boolean {
    return this.#singles > 0
  }

  add(delivery: Delivery): void {
    this.#waiting.push(delivery)
    this.#parts.wake()
  }

  /** Everything that waits, in order; `confirm` or `giveBack` must follow. */
  take(): readonly Delivery[] {
    if (this.#waiting.length === 0) return nothing
    this.#travelling = this.#singles > 0 ? this.#waiting.splice(0, 1) : this.#waiting
    if (this.#singles === 0) this.#waiting = []
    return this.#travelling
  }

  /** The store's answer to what was taken. */
  confirm(refused: readonly Settlement[]): void {
    const batch = this.#arrived()
    const lost =
      refused.length === 0 ? undefined : new Set(refused.map(({ reservation }) => key(reservation)))
    for (const delivery of batch) {
      if (lost?.has(key(delivery.reservation)) && !this.#wasDone(delivery)) this.#lose(delivery)
      else delivery.confirm(true)
    }
  }

  /**
   * What was taken got no answer: it goes first in the next turn, fenced by its receipts however late that is. When trying again
   * is no use, the settlements go one by one and the one that is at fault is dropped: its job stays reserved until `expire`.
   */
  giveBack(error: unknown, isTransient: boolean): void {
    const wasProbing = this.isProbing
    const batch = this.#arrived()
    if (!isTransient && wasProbing) {
      this.#drop(batch, error)
      return
    }
    for (const delivery of batch) delivery.sent = true
    this.#waiting = [...batch, ...this.#waiting]
    if (!isTransient || wasProbing) this.#singles += batch.length
  }

  #arrived(): readonly Delivery[] {
    const batch = this.#travelling
    this.#travelling = nothing
    if (this.#singles > 0) this.#singles -= batch.length
    return batch
  }

  #drop(batch: readonly Delivery[], error: unknown): void {
    const { emitter } = this.#parts
    for (const delivery of batch) {
      delivery.confirm(false)
      if (!emitter.hears('job:warning')) continue
      const message = `the store refused to have it ${delivery.outcome}: it stays reserved (${errorRecord(toError(error))})`
      emitter.emit('job:warning', { ...delivery.event(), message })
    }
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
