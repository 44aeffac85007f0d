import type { Clock, Ms } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import type { Attribution } from './attribution.ts'
import type { Delivery } from './delivery.ts'
import { errorRecord, toError } from './error-record.ts'
import { nextTryMs } from './next-try.ts'
import type { ExecutorOptions } from './options.ts'
import { lostDelayMs } from './outage.ts'

interface RecoveryParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly options: ExecutorOptions
  readonly attribution: Attribution
  /** Its time begins again, for `failed()`. */
  readonly failing: (delivery: Delivery) => void
  readonly warn: (delivery: Delivery, message: string) => void
}

/** What becomes of a job whose run failed: another try, or a grave. */
export class Recovery {
  readonly #parts: RecoveryParts

  constructor(parts: RecoveryParts) {
    this.#parts = parts
  }

  async recover(delivery: Delivery, thrown: unknown, isExcused: boolean): Promise<void> {
    const error = this.#errorOf(delivery, thrown)
    if (delivery.settlement !== undefined || delivery.isLost) {
      this.#tell(delivery, error, delivery.isReleased, 0)
      const state = delivery.isLost ? 'lost' : delivery.outcome
      return this.#parts.warn(delivery, `an error after the job was ${state}: that stands`)
    }
    if (isExcused) {
      this.#tell(delivery, error, true, lostDelayMs)
      return delivery.postUnspent(lostDelayMs)
    }
    const delayMs = nextTryMs(delivery, error, this.#parts.options)
    this.#tell(delivery, error, delayMs !== null, delayMs ?? 0)
    if (delayMs === null) await this.bury(delivery, error)
    else delivery.post({ kind: 'release', reservation: delivery.reservation, delayMs, spend: true })
  }

  /** Calls `failed()` once it is confirmed; answers whether it was. */
  async bury(delivery: Delivery, error: Error): Promise<boolean> {
    const { emitter, clock, failing, attribution, warn } = this.#parts
    const reason = errorRecord(error)
    if (!(await delivery.settle({ kind: 'bury', reservation: delivery.reservation, reason }))) return false
    if (emitter.hears('job:failed')) {
      const durationMs = delivery.fired ? clock.monotonic() - delivery.startedAt : null
      emitter.emit('job:failed', { ...delivery.event(), error, durationMs })
    }
    const { opened } = delivery
    if (delivery.entry === undefined || opened?.failed === undefined) return true
    if (!delivery.abandoned) failing(delivery)
    try {
      await attribution.within(delivery, () => opened.failed!(delivery.data, error))
    } catch (thrown) {
      warn(delivery, `failed() itself failed: ${errorRecord(toError(thrown))}`)
    }
    return true
  }

  #errorOf(delivery: Delivery, thrown: unknown): Error {
    const { timeout } = delivery
    if (timeout === undefined) return toError(thrown)
    if (thrown !== timeout && timeout.cause === undefined) timeout.cause = toError(thrown)
    return timeout
  }

  #tell(delivery: Delivery, error: Error, willRetry: boolean, delayMs: Ms): void {
    const { emitter, clock } = this.#parts
    if (!emitter.hears('job:error')) return
    const durationMs = clock.monotonic() - delivery.startedAt
    emitter.emit('job:error', { ...delivery.event(), durationMs, error, willRetry, delayMs })
  }
}
