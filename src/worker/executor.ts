import type { Reservation } from '../contract/connector.ts'
import type { JobEntry, JobRegistry } from '../contract/job.ts'
import { type Clock, longestDelay, type Ms, type Seconds } from '../contract/time.ts'
import type { JobWatch } from '../contract/watch.ts'
import type { Emitter } from '../emitter.ts'
import { Delivery } from './delivery.ts'
import type { Effects } from './effects.ts'
import { errorRecord, toError } from './error-record.ts'
import { nextTryMs } from './next-try.ts'
import type { ExecutorOptions } from './options.ts'
import { lostDelayMs, type Outage } from './outage.ts'
import { promiseIn } from './promise-in.ts'
import { readDelivery } from './read-delivery.ts'

interface ExecutorParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly registry: JobRegistry
  readonly options: ExecutorOptions
  readonly effects: Effects
  readonly watch: JobWatch
  readonly outage: Pick<Outage, 'excuses' | 'over'>
  readonly settle: (delivery: Delivery) => void
  readonly reserved: (delivery: Delivery) => void
  /** From `at` on, monotonic ms, its time-out runs. */
  readonly began: (delivery: Delivery, timeoutMs: Ms, at: Ms) => void
  readonly ended: (delivery: Delivery) => void
}

/** Runs one job at a time as often as it is asked: whatever happens ends as a settlement or an event, never a rejection. */
export class Executor {
  readonly #parts: ExecutorParts
  readonly #warned = new Set<string>()

  constructor(parts: ExecutorParts) {
    this.#parts = parts
  }

  get effects(): Effects {
    return this.#parts.effects
  }

  settle(delivery: Delivery): void {
    this.#parts.settle(delivery)
  }

  /** The lease began no earlier than `reservedAt`, monotonic ms. A job that returns no promise has ended when this returns. */
  run(reservation: Reservation, reservedAt: Ms, watched: number): void {
    const delivery = this.#delivery(reservation, reservedAt, watched)
    this.#parts.reserved(delivery)
    const { registry, options, watch } = this.#parts
    let promise: PromiseLike<unknown> | undefined
    try {
      this.#processing(delivery, readDelivery(delivery, registry, options))
      promise = promiseIn(delivery.opened!.run(delivery, delivery.data))
    } catch (thrown) {
      watch.leave()
      void this.#threw(delivery, thrown)
      return
    }
    watch.leave()
    if (promise === undefined) this.#returned(delivery)
    else void this.#awaited(delivery, promise)
  }

  async #awaited(delivery: Delivery, promise: PromiseLike<unknown>): Promise<void> {
    try {
      await promise
      if (delivery.sent) await this.effects.findOut(delivery)
    } catch (thrown) {
      return this.#threw(delivery, thrown)
    }
    this.#returned(delivery)
  }

  #returned(delivery: Delivery): void {
    if (delivery.abandoned) return
    try {
      this.#processed(delivery, delivery.entry!)
    } catch (thrown) {
      void this.#threw(delivery, thrown)
      return
    }
    if (delivery.failing === undefined) this.#parts.ended(delivery)
    else void this.#ended(delivery)
  }

  async #threw(delivery: Delivery, thrown: unknown): Promise<void> {
    const isExcused = await this.#parts.outage.excuses(delivery, thrown)
    if (!delivery.abandoned) await this.#recover(delivery, thrown, isExcused)
    await this.#ended(delivery)
  }

  /** A job that failed itself has ended when `failed()` has. */
  async #ended(delivery: Delivery): Promise<void> {
    if (delivery.failing !== undefined) await delivery.failing
    if (!delivery.abandoned) this.#parts.ended(delivery)
  }

  /** Ends a run that does not end itself: its time-out counts as a failed run, and what it says later does not count. */
  async giveUp(delivery: Delivery): Promise<void> {
    delivery.abandoned = true
    await this.#recover(delivery, delivery.timeout, false)
    this.#parts.ended(delivery)
  }

  /** Lets go of a run whose code may still be going on: it is released unspent, unless it had settled. */
  giveBack(delivery: Delivery): void {
    if (delivery.settlement === undefined && !delivery.isLost) this.#releaseUnspent(delivery)
    delivery.abandoned = true
    this.#parts.ended(delivery)
    delivery.abort(new Error('the worker stopped before the job was done: it was released'))
  }

  /** Releases unspent what is not to be run. */
  decline(reservation: Reservation, reservedAt: Ms, watched: number): void {
    this.#releaseUnspent(this.#delivery(reservation, reservedAt, watched))
  }

  releaseDelayMs(seconds: Seconds): Ms {
    if (typeof seconds === 'number' && seconds >= 0 && seconds <= longestDelay)
      return Math.ceil(seconds * 1_000)
    throw new RangeError(
      `job.release(${String(seconds)}): the delay is a number of seconds, from 0 to ${longestDelay}`,
    )
  }

  async fail(delivery: Delivery, reason: unknown): Promise<boolean> {
    const error = reason === undefined ? new Error('the job called fail()') : toError(reason)
    return this.#bury(delivery, error)
  }

  warn(delivery: Delivery, message: string): void {
    if (!this.#parts.emitter.hears('job:warning')) return
    this.#parts.emitter.emit('job:warning', { ...delivery.event(), message })
  }

  #delivery(reservation: Reservation, reservedAt: Ms, watched: number): Delivery {
    const { clock, options } = this.#parts
    const leaseEndsAt = reservedAt + (options.expireMs ?? Infinity)
    return new Delivery(reservation, this, clock.monotonic(), leaseEndsAt, watched)
  }

  #releaseUnspent(delivery: Delivery, delayMs: Ms = 0): void {
    delivery.post({ kind: 'release', reservation: delivery.reservation, delayMs, spend: false })
  }

  #processing(delivery: Delivery, entry: JobEntry): void {
    const { began, emitter, watch } = this.#parts
    const timeoutMs = this.#timeoutMs(entry)
    delivery.fired = true
    began(delivery, timeoutMs, delivery.startedAt)
    watch.enter(delivery.watched, entry, delivery.startedAt, timeoutMs)
    if (emitter.hears('job:processing')) emitter.emit('job:processing', delivery.event())
  }

  #timeoutMs(entry: JobEntry): Ms {
    return entry.timeout === undefined ? this.#parts.options.timeoutMs : entry.timeout * 1_000
  }

  #processed(delivery: Delivery, entry: JobEntry): void {
    if (delivery.timeout !== undefined && delivery.settlement === undefined) throw delivery.timeout
    if (delivery.settlement === undefined && !delivery.isLost) {
      if (entry.kind === 'function' || this.#parts.options.autoDelete) {
        delivery.post({ kind: 'delete', reservation: delivery.reservation })
      } else this.#warnUnsettled(delivery, entry)
    }
    const { emitter, clock, outage } = this.#parts
    outage.over()
    if (!emitter.hears('job:processed')) return
    const { name, settlement, reservation, outcome } = delivery
    const { id, queue, attempts } = reservation
    const durationMs = clock.monotonic() - delivery.startedAt
    // Written out: spreading one object into another costs more than the rest of this method.
    const event = { id, name, queue, attempts, reservation, durationMs, outcome }
    emitter.emit(
      'job:processed',
      settlement?.kind === 'release' ? { ...event, delayMs: settlement.delayMs } : event,
    )
  }

  async #recover(delivery: Delivery, thrown: unknown, isExcused: boolean): Promise<void> {
    const error = this.#errorOf(delivery, thrown)
    if (delivery.settlement !== undefined || delivery.isLost) {
      this.#tell(delivery, error, delivery.isReleased, 0)
      const state = delivery.isLost ? 'lost' : delivery.outcome
      return this.warn(delivery, `an error after the job was ${state}: that stands`)
    }
    if (isExcused) {
      this.#tell(delivery, error, true, lostDelayMs)
      return this.#releaseUnspent(delivery, lostDelayMs)
    }
    const delayMs = nextTryMs(delivery, error, this.#parts.options)
    this.#tell(delivery, error, delayMs !== null, delayMs ?? 0)
    if (delayMs === null) await this.#bury(delivery, error)
    else delivery.post({ kind: 'release', reservation: delivery.reservation, delayMs, spend: true })
  }

  #errorOf(delivery: Delivery, thrown: unknown): Error {
    const { timeout } = delivery
    if (timeout === undefined) return toError(thrown)
    if (thrown !== timeout && timeout.cause === undefined) timeout.cause = toError(thrown)
    return timeout
  }

  async #bury(delivery: Delivery, error: Error): Promise<boolean> {
    const { began, emitter, clock } = this.#parts
    const reason = errorRecord(error)
    if (!(await delivery.settle({ kind: 'bury', reservation: delivery.reservation, reason }))) return false
    if (emitter.hears('job:failed')) {
      const durationMs = delivery.fired ? clock.monotonic() - delivery.startedAt : null
      emitter.emit('job:failed', { ...delivery.event(), error, durationMs })
    }
    const { entry, opened } = delivery
    if (entry === undefined || opened?.failed === undefined) return true
    if (!delivery.abandoned) began(delivery, this.#timeoutMs(entry), clock.monotonic())
    try {
      await opened.failed(delivery.data, error)
    } catch (thrown) {
      this.warn(delivery, `failed() itself failed: ${errorRecord(toError(thrown))}`)
    }
    return true
  }

  #tell(delivery: Delivery, error: Error, willRetry: boolean, delayMs: Ms): void {
    const { emitter, clock } = this.#parts
    if (!emitter.hears('job:error')) return
    const durationMs = clock.monotonic() - delivery.startedAt
    emitter.emit('job:error', { ...delivery.event(), durationMs, error, willRetry, delayMs })
  }

  #warnUnsettled(delivery: Delivery, entry: JobEntry): void {
    if (this.#warned.has(entry.name)) return
    this.#warned.add(entry.name)
    const { expireMs } = this.#parts.options
    const when = expireMs === null ? 'never (expire is null)' : `in ${expireMs / 1_000} s`
    this.warn(
      delivery,
      `neither deleted nor released: it will be delivered again ${when}. Call job.delete() when it is done, or set autoDelete: true`,
    )
  }
}
