import { type RetryPolicy, reconnectPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'

interface BrakeParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly retry?: RetryPolicy
}

/** Holds the loop back while the store is away, and tells of its going and coming. */
export class Brake {
  /** Rises with each failure: what was begun before one says nothing about the store after it. */
  epoch = 0
  #failures = 0
  #downAt: Ms = 0
  #until: Ms = 0
  readonly #parts: BrakeParts
  readonly #retry: RetryPolicy

  constructor(parts: BrakeParts) {
    this.#parts = parts
    this.#retry = parts.retry ?? reconnectPolicy()
  }

  /** How long the store is not to be asked; 0 or less: it may be. */
  get leftMs(): Ms {
    return this.#until === 0 ? 0 : this.#until - this.#parts.clock.monotonic()
  }

  /** What was begun in that epoch failed. */
  failed(error: unknown, epoch: number): void {
    if (epoch !== this.epoch) return
    const { clock, emitter } = this.#parts
    const now = clock.monotonic()
    this.epoch++
    this.#failures++
    if (this.#failures === 1) this.#downAt = now
    emitter.emit('store:down', { error, attempt: this.#failures })
    this.#until = now + (this.#retry(this.#failures, error) ?? 0)
  }

  /** What was begun in that epoch got its answer. */
  answered(epoch: number): void {
    if (this.#failures === 0 || epoch !== this.epoch) return
    this.#failures = 0
    this.#until = 0
    this.#parts.emitter.emit('store:up', { downMs: this.#parts.clock.monotonic() - this.#downAt })
  }

  /** The store may be asked at once. */
  release(): void {
    this.#until = 0
  }
}
