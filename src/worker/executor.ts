import type { Reservation } from '../contract/connector.ts'
import type { JobEntry, JobRegistry } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { JobWatch } from '../contract/watch.ts'
import type { Emitter } from '../emitter.ts'
import { Attribution, type Culprit } from './attribution.ts'
import { Delivery } from './delivery.ts'
import type { Effects } from './effects.ts'
import { toError } from './error-record.ts'
import type { ExecutorOptions } from './options.ts'
import type { Outage } from './outage.ts'
import { promiseIn } from './promise-in.ts'
import { readDelivery } from './read-delivery.ts'
import { Recovery } from './recovery.ts'

interface ExecutorParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly registry: JobRegistry
  readonly options: ExecutorOptions
  readonly concurrency: number
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
  readonly #attribution: Attribution
  readonly #recovery: Recovery
  readonly #warned = new Set<string>()

  constructor(parts: ExecutorParts) {
    this.#parts = parts
    this.#attribution = new Attribution(parts)
    this.#recovery = new Recovery({
      ...parts,
      attribution: this.#attribution,
      failing: (delivery) => parts.began(delivery, this.#timeoutMs(delivery.entry!), parts.clock.monotonic()),
      warn: (delivery, message) => this.warn(delivery, message),
    })
  }

  get effects(): Effects {
    return this.#parts.effects
  }

  settle(delivery: Delivery): void {
    this.#parts.settle(delivery)
  }

  /**
   * The lease began no earlier than `reservedAt`, monotonic ms; where it may be over already, another worker may have the job: it
   * goes back. A job that returns no promise has ended when this returns.
   */
  run(reservation: Reservation, reservedAt: Ms, watched: number): void {
    const delivery = this.#delivery(reservation, reservedAt, watched)
    if (delivery.startedAt >= delivery.leaseEndsAt) delivery.postUnspent()
    else this.#start(delivery)
  }

  #start(delivery: Delivery): void {
    this.#parts.reserved(delivery)
    const { registry, options, watch } = this.#parts
    let promise: PromiseLike<unknown> | undefined
    try {
      this.#processing(delivery, readDelivery(delivery, registry, options))
      promise = promiseIn(this.#attribution.run(delivery))
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
    let durationMs: Ms | undefined
    try {
      durationMs = this.#processed(delivery, delivery.entry!)
    } catch (thrown) {
      void this.#threw(delivery, thrown)
      return
    }
    if (delivery.failing === undefined) this.#free(delivery, durationMs)
    else void this.#ended(delivery)
  }

  async #threw(delivery: Delivery, thrown: unknown): Promise<void> {
    const isExcused = await this.#parts.outage.excuses(delivery, thrown)
    if (!delivery.abandoned) await this.#recovery.recover(delivery, thrown, isExcused)
    await this.#ended(delivery)
  }

  /** A job that failed itself has ended when `failed()` has. */
  async #ended(delivery: Delivery): Promise<void> {
    if (delivery.failing !== undefined) await delivery.failing
    if (!delivery.abandoned) this.#free(delivery)
  }

  /** Ends a run that does not end itself: its time-out counts as a failed run, and what it says later does not count. */
  async giveUp(delivery: Delivery): Promise<void> {
    delivery.abandoned = true
    await this.#recovery.recover(delivery, delivery.timeout, false)
    this.#free(delivery)
  }

  /** The worker has ended. */
  stop(): void {
    this.#attribution.stop()
  }

  /** Whose error it is that nobody caught. */
  culpritOf(error: unknown, running: Iterable<Delivery>): Culprit | undefined {
    return this.#attribution.culpritOf(error, running)
  }

  /** Fails a run by what came out of something it did not await; what its code says later does not count. */
  async crash(delivery: Delivery, thrown: unknown): Promise<void> {
    if (delivery.abandoned) return
    const excused = this.#parts.outage.excuses(delivery, thrown)
    delivery.abandoned = true
    delivery.abort(toError(thrown))
    await this.#recovery.recover(delivery, thrown, await excused)
    if (delivery.failing !== undefined) await delivery.failing
    this.#free(delivery)
  }

  /** Lets go of a run whose code may still be going on: it is released unspent, unless it had settled. */
  giveBack(delivery: Delivery): void {
    if (delivery.settlement === undefined && !delivery.isLost) delivery.postUnspent()
    delivery.abandoned = true
    this.#free(delivery)
    delivery.opened?.end?.()
    delivery.abort(new Error('the worker stopped before the job was done: it was released'))
  }

  /** Releases unspent what is not to be run. */
  decline(reservation: Reservation, reservedAt: Ms, watched: number): void {
    this.#delivery(reservation, reservedAt, watched).postUnspent()
  }

  async fail(delivery: Delivery, reason: unknown): Promise<boolean> {
    const error = reason === undefined ? new Error('the job called fail()') : toError(reason)
    return this.#recovery.bury(delivery, error)
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

  #free(delivery: Delivery, durationMs?: Ms): void {
    this.#attribution.ended(delivery, durationMs)
    this.#parts.ended(delivery)
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

  /** Answers how long the run took if somebody wants to hear of it. */
  #processed(delivery: Delivery, entry: JobEntry): Ms | undefined {
    if (delivery.timeout !== undefined && delivery.settlement === undefined) throw delivery.timeout
    if (delivery.settlement === undefined && !delivery.isLost) {
      if (entry.kind === 'function' || this.#parts.options.autoDelete) {
        delivery.post({ kind: 'delete', reservation: delivery.reservation })
      } else this.#warnUnsettled(delivery, entry)
    }
    const { emitter, clock, outage } = this.#parts
    outage.over()
    if (!emitter.hears('job:processed')) return undefined
    const { name, settlement, reservation, outcome } = delivery
    const { id, queue, attempts } = reservation
    const durationMs = clock.monotonic() - delivery.startedAt
    // Written out: spreading one object into another costs more than the rest of this method.
    const event = { id, name, queue, attempts, reservation, durationMs, outcome }
    emitter.emit(
      'job:processed',
      settlement?.kind === 'release' ? { ...event, delayMs: settlement.delayMs } : event,
    )
    return durationMs
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
