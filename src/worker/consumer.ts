import type { PullConnector, Reservation } from '../contract/connector.ts'
import { type RetryPolicy, reconnectPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import type { Delivery } from './delivery.ts'
import type { Settler } from './settler.ts'

interface ConsumerParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly connector: PullConnector
  readonly settler: Settler
  readonly expireMs: Ms | null
  /** The longest wait when nothing is there. */
  readonly sleepMs: Ms
  /** The queues to take from now, by preference; none while all are paused. */
  readonly queues: () => readonly string[]
  /** How many jobs may be taken now. */
  readonly free: () => number
  /** Its lease began no earlier than `reservedAt`, monotonic ms. */
  readonly start: (reservation: Reservation, reservedAt: Ms) => void
  /** A reserve found nothing, or every queue is paused. */
  readonly empty: () => void
  /** Calls for another turn. */
  readonly wake: () => void
  readonly retry?: RetryPolicy
}

const nothing: readonly never[] = []

/** An idle worker waits at least so long, though `sleep` is 0: to ask without pause would wear out a core for nothing. */
const leastWaitMs: Ms = 10

/** The loop's one step: settle what waits, fill what is free; a store that is lost is braked for and tried for ever. */
export class Consumer {
  readonly #parts: ConsumerParts
  readonly #retry: RetryPolicy
  /** The wait under way while nothing is there. */
  #idle: AbortController | undefined
  #idled: Promise<void> = Promise.resolve()
  #failures = 0
  #downAt: Ms = 0
  #brakedUntil: Ms = 0

  constructor(parts: ConsumerParts) {
    this.#parts = parts
    this.#retry = parts.retry ?? reconnectPolicy()
  }

  /** Answers how long to rest before the next turn, unless woken. */
  async turn(): Promise<Ms> {
    const { clock, connector, settler } = this.#parts
    const brakeMs = this.#brakedUntil - clock.monotonic()
    if (brakeMs > 0) return brakeMs
    const isProbing = settler.isProbing
    const limit = this.#idle === undefined && !isProbing ? this.#parts.free() : 0
    const queues = limit > 0 ? this.#parts.queues() : nothing
    const batch = settler.take()
    if (queues.length === 0 && batch.length === 0) return this.#idleWithout(limit)
    const at = clock.monotonic()
    try {
      const reserved = await this.#trade(batch, queues, limit)
      this.#recovered()
      for (const reservation of reserved) this.#parts.start(reservation, at)
      if (queues.length === 0) return isProbing ? 0 : Infinity
      return this.#took(reserved.length, limit)
    } catch (error) {
      settler.giveBack(error, connector.isTransient(error))
      return this.#brake(error)
    }
  }

  get isWaiting(): boolean {
    return this.#idle !== undefined
  }

  /** Ends the wait under way, so that what it reserved is started or given back. */
  async interrupt(): Promise<void> {
    this.#idle?.abort()
    await this.#idled
  }

  /** Settles the batch and answers what could be reserved. */
  async #trade(
    batch: readonly Delivery[],
    queues: readonly string[],
    limit: number,
  ): Promise<readonly Reservation[]> {
    const { connector, settler, expireMs } = this.#parts
    const request = { queues, limit, expireMs }
    if (batch.length === 0) return connector.reserve(request)
    const settlements = batch.map((delivery) => delivery.settlement!)
    if (queues.length > 0 && connector.exchange) {
      const { refused, reserved } = await connector.exchange(settlements, request)
      settler.confirm(refused)
      return reserved
    }
    settler.confirm(await connector.settle(settlements))
    return queues.length === 0 ? nothing : connector.reserve(request)
  }

  /** What else to do after a reserve: go on at once, or wait if there was less than was asked for. */
  #took(count: number, limit: number): Ms {
    if (count === limit) return 0
    if (count === 0) this.#parts.empty()
    const queues = this.#parts.free() > 0 ? this.#parts.queues() : nothing
    if (queues.length > 0) this.#idled = this.#wait(queues)
    return Infinity
  }

  /** Slots are free, but every queue is paused: there is nothing to be had. */
  #idleWithout(limit: number): Ms {
    if (limit > 0) this.#parts.empty()
    return Infinity
  }

  async #wait(queues: readonly string[]): Promise<void> {
    const { clock, connector, sleepMs, emitter, start, wake } = this.#parts
    const controller = new AbortController()
    const at = clock.monotonic()
    this.#idle = controller
    if (emitter.hears('worker:idle')) emitter.emit('worker:idle', { queues })
    try {
      const wait = connector.wait?.bind(connector) ?? this.#sleep
      for (const reservation of await wait(queues, Math.max(sleepMs, leastWaitMs), controller.signal))
        start(reservation, at)
    } catch (error) {
      this.#brake(error)
    } finally {
      this.#idle = undefined
      wake()
    }
  }

  readonly #sleep = async (
    _: readonly string[],
    sleepMs: Ms,
    signal: AbortSignal,
  ): Promise<readonly never[]> => {
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#parts.clock.after(sleepMs, end)
      signal.addEventListener('abort', end)
    })
    return nothing
  }

  #brake(error: unknown): Ms {
    const { clock, emitter } = this.#parts
    const now = clock.monotonic()
    this.#failures++
    if (this.#failures === 1) this.#downAt = now
    emitter.emit('store:down', { error, attempt: this.#failures })
    const delayMs = this.#retry(this.#failures, error) ?? 0
    this.#brakedUntil = now + delayMs
    return delayMs
  }

  #recovered(): void {
    if (this.#failures === 0) return
    this.#failures = 0
    this.#parts.emitter.emit('store:up', { downMs: this.#parts.clock.monotonic() - this.#downAt })
  }
}
