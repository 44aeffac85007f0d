import type { PullConnector, Reservation } from '../contract/connector.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Delivery } from './delivery.ts'
import { Sweeper } from './sweeper.ts'

interface LeaseParts {
  readonly clock: Clock
  readonly connector: PullConnector
  readonly expireMs: Ms | null
  readonly running: Iterable<Delivery>
  /** The lease is gone: somebody else may have the job. */
  readonly lost: (delivery: Delivery) => void
}

/** Renews the leases of what runs long: each a third of `expire` after it began or was last renewed. */
export class Leases {
  readonly #parts: LeaseParts
  readonly #sweeper: Sweeper
  readonly #thirdMs: Ms
  #renewing = false
  #stopped = false

  constructor(parts: LeaseParts) {
    this.#parts = parts
    this.#thirdMs = (parts.expireMs ?? Infinity) / 3
    this.#sweeper = new Sweeper(parts.clock, (now) => this.#sweep(now))
  }

  began(delivery: Delivery): void {
    if (this.#parts.expireMs !== null) this.#sweeper.expect(this.#renewAt(delivery))
  }

  stop(): void {
    this.#stopped = true
    this.#sweeper.stop()
  }

  #renewAt(delivery: Delivery): Ms {
    return delivery.leaseEndsAt - 2 * this.#thirdMs
  }

  #sweep(now: Ms): Ms {
    const due: Delivery[] = []
    let next = Infinity
    for (const delivery of this.#parts.running) {
      if (delivery.isLost) continue
      if (delivery.settlement !== undefined) {
        next = Math.min(next, answerDueAt(delivery, now))
        continue
      }
      const at = this.#renewAt(delivery)
      if (at <= now + this.#thirdMs / 4) due.push(delivery)
      else next = Math.min(next, at)
    }
    if (due.length === 0) return next
    if (!this.#renewing) void this.#renew(due, now)
    return Math.min(next, now + this.#thirdMs)
  }

  /** A failed renewal is tried again at a tenth of `expire`: the lease outlives six such. */
  async #renew(due: readonly Delivery[], now: Ms): Promise<void> {
    this.#renewing = true
    const { connector, expireMs } = this.#parts
    try {
      const refused = await connector.touch(
        due.map(({ reservation }) => reservation),
        expireMs,
      )
      this.#renewed(due, refused, now)
    } catch {
      if (this.#stopped) return
      this.#sweeper.expect(this.#parts.clock.monotonic() + this.#thirdMs * 0.3)
    } finally {
      this.#renewing = false
    }
  }

  #renewed(due: readonly Delivery[], refused: readonly Reservation[], now: Ms): void {
    const lost = new Set(refused.map(({ receipt }) => receipt))
    for (const delivery of due) {
      if (!lost.has(delivery.reservation.receipt))
        delivery.leaseEndsAt = now + (this.#parts.expireMs ?? Infinity)
      else if (delivery.settlement === undefined && !delivery.sent) this.#parts.lost(delivery)
    }
  }
}

/** A settled job's lease is not renewed, but whoever awaits the settlement is not kept beyond its end. */
function answerDueAt(delivery: Delivery, now: Ms): Ms {
  if (!delivery.isUnanswered) return Infinity
  if (delivery.leaseEndsAt > now) return delivery.leaseEndsAt
  delivery.answerLate()
  return Infinity
}
