import type { PullConnector } from '../contract/connector.ts'
import type { Infrastructure } from '../contract/infrastructure.ts'
import { type RetryPolicy, reconnectPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import type { Delivery } from './delivery.ts'
import { LossCount } from './loss-count.ts'

interface OutageParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly connector: Pick<PullConnector, 'cache'>
  readonly infrastructure: readonly Infrastructure[]
  /** It began or ended. */
  readonly changed: (isOn: boolean) => void
  readonly retry?: RetryPolicy
}

/** A job that lost what it depends on is due again after so long: another worker may be better off. */
export const lostDelayMs: Ms = 1_000

/** So often is one job released unspent; after that, losing its infrastructure counts as its own failure. */
const mostReleases = 10

/** While what jobs depend on is away: no job is taken, it is asked until it answers, and no job pays for it with a try. */
export class Outage {
  isOn = false
  readonly #parts: OutageParts
  readonly #retry: RetryPolicy
  readonly #losses: LossCount
  #attempts = 0
  /** When the one began that was told of and is not over; undefined: there is none. */
  #beganAt: Ms | undefined
  #cancel: (() => void) | undefined

  constructor(parts: OutageParts) {
    this.#parts = parts
    this.#retry = parts.retry ?? reconnectPolicy()
    this.#losses = new LossCount({ cache: parts.connector.cache, clock: parts.clock })
  }

  /** Whether what a job threw is no failure of its own; then the outage has begun. */
  async excuses(delivery: Delivery, thrown: unknown): Promise<boolean> {
    const { fired, timeout, abandoned, isLost, settlement } = delivery
    if (!fired || timeout !== undefined || abandoned || isLost || settlement !== undefined) return false
    const lost = this.#parts.infrastructure.find((each) => saysLost(each, thrown))
    if (lost === undefined || (await this.#losses.count(delivery.id)) > mostReleases) return false
    if (!this.isOn) this.#begin(lost, thrown)
    return true
  }

  /** A job got through: what it depends on is there. */
  over(): void {
    if (!this.isOn && this.#beganAt !== undefined) this.#recovered()
  }

  stop(): void {
    this.#cancel?.()
  }

  #begin(lost: Infrastructure, error: unknown): void {
    const { clock, emitter, changed } = this.#parts
    this.isOn = true
    if (this.#beganAt === undefined) {
      this.#beganAt = clock.monotonic()
      emitter.emit('infrastructure:down', { error, canAsk: lost.ping !== undefined })
    }
    changed(true)
    this.#later(lost, error)
  }

  #later(lost: Infrastructure, error: unknown): void {
    const pauseMs = this.#retry(++this.#attempts, error) ?? 0
    this.#cancel = this.#parts.clock.after(pauseMs, () => void this.#ask(lost, error))
  }

  async #ask(lost: Infrastructure, error: unknown): Promise<void> {
    try {
      await lost.ping?.(error)
    } catch {
      this.#later(lost, error)
      return
    }
    this.isOn = false
    // Without a ping nothing was asked, so the next loss is the same outage.
    if (lost.ping !== undefined) this.#recovered()
    this.#parts.changed(false)
  }

  #recovered(): void {
    const { clock, emitter } = this.#parts
    const beganAt = this.#beganAt ?? clock.monotonic()
    this.#attempts = 0
    this.#beganAt = undefined
    emitter.emit('infrastructure:up', { downMs: clock.monotonic() - beganAt })
  }
}

/** Whatever was thrown, and whoever looks at it: a look that fails says nothing. */
function saysLost(infrastructure: Infrastructure, thrown: unknown): boolean {
  try {
    return infrastructure.isLost(thrown)
  } catch {
    return false
  }
}
