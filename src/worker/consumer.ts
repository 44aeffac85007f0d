import type { PullConnector, Reservation, Settlement } from '../contract/connector.ts'
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
  readonly start: (reservation: Reservation) => void
  /** A reserve found nothing. */
  readonly empty: () => void
  /** Calls for another turn. */
  readonly wake: () => void
  readonly retry?: RetryPolicy
}

const nothing: readonly never[] = []

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
    const { clock, settler } = this.#parts
    const brakeMs = this.#brakedUntil - clock.monotonic()
    if (brakeMs > 0) return brakeMs
    const limit = this.#idle === undefined ? this.#parts.free() : 0
    const queues = limit > 0 ? this.#parts.queues() : nothing
    const batch = settler.take()
    if (queues.length === 0 && batch.length === 0) return Infinity
    try {
      const { refused, reserved } = await this.#trade(batch, queues, limit)
      settler.confirm(batch, refused)
      this.#recovered()
      return this.#took(reserved, queues, limit)
    } catch (error) {
      settler.giveBack(batch)
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

  async #trade(
    batch: readonly Delivery[],
    queues: readonly string[],
    limit: number,
  ): Promise<{ refused: readonly Settlement[]; reserved: readonly Reservation[] }> {
    const { connector, expireMs } = this.#parts
    const settlements = batch.map((delivery) => delivery.settlement!)
    const request = { queues, limit, expireMs }
    if (queues.length === 0) return { refused: await connector.settle(settlements), reserved: nothing }
    if (batch.length === 0) return { refused: nothing, reserved: await connector.reserve(request) }
    if (connector.exchange) return connector.exchange(settlements, request)
    return { refused: await connector.settle(settlements), reserved: await connector.reserve(request) }
  }

  #took(reserved: readonly Reservation[], queues: readonly string[], limit: number): Ms {
    for (const reservation of reserved) this.#parts.start(reservation)
    if (queues.length === 0) return Infinity
    if (reserved.length === limit) return 0
    if (reserved.length === 0) this.#parts.empty()
    this.#idled = this.#wait(queues)
    return Infinity
  }

  async #wait(queues: readonly string[]): Promise<void> {
    const { connector, sleepMs, emitter, start, wake } = this.#parts
    const controller = new AbortController()
    this.#idle = controller
    if (emitter.hears('worker:idle')) emitter.emit('worker:idle', { queues })
    try {
      const wait = connector.wait?.bind(connector) ?? this.#sleep
      for (const reservation of await wait(queues, sleepMs, controller.signal)) start(reservation)
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
