import type { Settlement } from '../contract/connector.ts'
import type { Clock } from '../contract/time.ts'
import type { JobWatch } from '../contract/watch.ts'
import type { Emitter } from '../emitter.ts'
import type { Delivery } from './delivery.ts'
import { errorRecord, toError } from './error-record.ts'

interface SettlerParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly watch: JobWatch
  /** Called when something waits to be settled. */
  readonly wake: () => void
}

/** Settlements that travel together. */
export interface Batch {
  readonly deliveries: readonly Delivery[]
  readonly settlements: readonly Settlement[]
  /** One alone, since it was in a batch that was refused for good. */
  readonly isProbe: boolean
}

/** Settlements on their way to the store: collected for one turn, repeated until the store answers. */
export class Settler {
  #waiting: Delivery[] = []
  /** Go before the others and one by one: what the store refused for good was among them. */
  #suspects: Delivery[] = []
  readonly #travelling = new Set<Batch>()
  #size = 0
  #probes = 0
  readonly #parts: SettlerParts

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /** Settlements the store has not answered yet. */
  get size(): number {
    return this.#size
  }

  /** Whether there is anything for `take`. */
  get hasWaiting(): boolean {
    return this.#waiting.length > 0 || this.#suspects.length > 0
  }

  /** Whether batches travel alone for now, so that what they meet is known to be their own. */
  get isProbing(): boolean {
    return this.#probes > 0 || this.#suspects.length > 0
  }

  add(delivery: Delivery): void {
    this.#waiting.push(delivery)
    this.#size++
    this.#parts.watch.settle(delivery.watched, delivery.settlement!)
    this.#parts.wake()
  }

  /** Everything that waits, in order; `confirm` or `giveBack` must follow. Undefined: nothing does. */
  take(): Batch | undefined {
    const isProbe = this.#suspects.length > 0
    if (!isProbe && this.#waiting.length === 0) return undefined
    const deliveries = isProbe ? this.#suspects.splice(0, 1) : this.#waiting
    if (isProbe) this.#probes++
    else this.#waiting = []
    const batch = { deliveries, settlements: settlementsOf(deliveries), isProbe }
    this.#travelling.add(batch)
    return batch
  }

  /** The store's answer to what was taken. */
  confirm(batch: Batch, refused: readonly Settlement[]): void {
    this.#arrived(batch)
    this.#size -= batch.deliveries.length
    const lost =
      refused.length === 0 ? undefined : new Set(refused.map(({ reservation }) => key(reservation)))
    for (const delivery of batch.deliveries) {
      this.#parts.watch.forget(delivery.watched)
      if (lost?.has(key(delivery.reservation)) && !this.#wasDone(delivery)) this.#lose(delivery)
      else delivery.confirm(true)
    }
  }

  /**
   * What was taken got no answer: it goes first in the next turn, fenced by its receipts however late that is. When trying again
   * is no use, the settlements go one by one and the one that is at fault is dropped: its job stays reserved until `expire`.
   * Nothing happens to what was confirmed before.
   */
  giveBack(batch: Batch, error: unknown, isTransient: boolean): void {
    if (!this.#arrived(batch)) return
    const { deliveries, isProbe } = batch
    if (!isTransient && isProbe) {
      this.#size -= deliveries.length
      this.#drop(deliveries, error)
      return
    }
    for (const delivery of deliveries) delivery.sent = true
    if (!isTransient || isProbe) this.#suspects = [...deliveries, ...this.#suspects]
    else this.#waiting = [...deliveries, ...this.#waiting]
  }

  /** False when it had arrived before. */
  #arrived(batch: Batch): boolean {
    if (!this.#travelling.delete(batch)) return false
    if (batch.isProbe) this.#probes--
    return true
  }

  #drop(deliveries: readonly Delivery[], error: unknown): void {
    const { emitter } = this.#parts
    for (const delivery of deliveries) {
      this.#parts.watch.forget(delivery.watched)
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

function settlementsOf(deliveries: readonly Delivery[]): readonly Settlement[] {
  const settlements: Settlement[] = []
  for (const { settlement } of deliveries) if (settlement !== undefined) settlements.push(settlement)
  return settlements
}

function key({ id, receipt }: { readonly id: string; readonly receipt: string }): string {
  return `${id} ${receipt}`
}
