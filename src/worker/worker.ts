import type { StopReason } from '../contract/events.ts'
import type { Ms } from '../contract/time.ts'
import { noWatch } from '../contract/watch.ts'
import { Control } from '../control.ts'
import type { Culprit } from './attribution.ts'
import { Bell } from './bell.ts'
import { Consumer } from './consumer.ts'
import { ControlWatch } from './control-watch.ts'
import type { Delivery } from './delivery.ts'
import { Effects } from './effects.ts'
import { Executor } from './executor.ts'
import { hearStore, lookEveryMs } from './hearing.ts'
import { Intake } from './intake.ts'
import { Leases } from './leases.ts'
import { Limits } from './limits.ts'
import { openStore } from './opening.ts'
import { Outage } from './outage.ts'
import type { WorkerParts } from './parts.ts'
import { Pruner } from './pruner.ts'
import { Settler } from './settler.ts'
import { Shutdown } from './shutdown.ts'
import { Slots } from './slots.ts'
import { endOfTick } from './tick.ts'
import { Timeouts } from './timeouts.ts'

/** A worker's life: start, quiet, stop by a deadline. What it does in between is the consumer's and the executor's. */
export class Worker {
  readonly #parts: WorkerParts
  readonly #bell: Bell
  readonly #slots: Slots
  readonly #settler: Settler
  readonly #outage: Outage
  readonly #executor: Executor
  readonly #intake: Intake
  readonly #leases: Leases
  readonly #timeouts: Timeouts
  readonly #limits: Limits
  readonly #consumer: Consumer
  readonly #watch: ControlWatch
  readonly #pruner: Pruner | undefined
  #quiet = false
  readonly #shutdown: Shutdown
  #ended = false

  constructor(parts: WorkerParts) {
    this.#parts = parts
    const { connector, registry, options, emitter, clock, memory } = parts
    const { infrastructure = [], watch = noWatch, keepFailedMs, took } = parts
    this.#bell = new Bell(clock)
    const wake = () => this.#bell.ring()
    const { concurrency, restMs, expireMs } = options
    this.#slots = new Slots({ clock, concurrency, restMs, rested: wake })
    const { running } = this.#slots
    this.#shutdown = new Shutdown(clock)
    this.#settler = new Settler({ clock, emitter, watch, wake })
    const lost = (delivery: Delivery) => {
      delivery.isLost = true
      watch.forget(delivery.watched)
      delivery.abort(new Error('the lease of this job was lost: another worker may have it'))
      emitter.emit('job:lost', delivery.event())
    }
    this.#leases = new Leases({ clock, connector, expireMs, running, lost })
    const giveUp = (delivery: Delivery) => {
      this.stop('timeout')
      void this.#executor.giveUp(delivery)
    }
    this.#timeouts = new Timeouts({ clock, running, giveUp })
    this.#limits = new Limits({ options, clock, memory })
    const changed = (isOn: boolean) => {
      if (isOn) this.#intake.giveBack()
      void this.#consumer.interrupt().then(wake)
    }
    this.#outage = new Outage({ clock, emitter, connector, infrastructure, changed })
    this.#executor = new Executor({
      ...{ clock, emitter, registry, options, concurrency },
      outage: this.#outage,
      effects: new Effects(parts),
      watch,
      settle: (delivery) => this.#settler.add(delivery),
      reserved: (delivery) => {
        this.#slots.take(delivery)
        this.#limits.started++
        this.#leases.began(delivery)
        parts.reserved?.(delivery, running)
      },
      began: (delivery, timeoutMs, at) => this.#timeouts.began(delivery, timeoutMs, at),
      ended: (delivery) => this.#freed(delivery),
    })
    this.#intake = new Intake({
      clock,
      options,
      fetchesAheadFrom: connector.fetchesAheadFrom ?? ((connector.cycles ?? 1) > 1 ? 2 : Infinity),
      slots: this.#slots,
      limits: this.#limits,
      executor: this.#executor,
      takesJobs: () => this.takesJobs,
    })
    this.#consumer = new Consumer({
      ...{ clock, emitter, connector, expireMs, watch, took, wake },
      settler: this.#settler,
      force: options.force,
      sleepMs: options.sleepMs,
      queues: () => this.#watch.active,
      free: () => this.#intake.free,
      start: (reservation, reservedAt, watched) => this.#intake.start(reservation, reservedAt, watched),
      empty: () => {
        if (this.#limits.empty || !this.#intake.isEmpty) return
        this.#limits.empty = true
        wake()
      },
    })
    this.#watch = new ControlWatch({
      control: new Control(connector, clock),
      clock,
      everyMs: lookEveryMs(connector),
      queues: options.queues,
      obeyPauses: !options.force,
      ...{ restarted: parts.restarted ?? (() => this.stop('restart')), signalled: parts.signalled },
      changed: (paused, resumed) => {
        this.#tell('worker:pause', paused)
        this.#tell('worker:resume', resumed)
        if (paused.length > 0) this.#intake.giveBack()
        void this.#consumer.interrupt().then(wake)
      },
    })
    if (keepFailedMs !== null)
      this.#pruner = new Pruner({ failed: connector.failed, clock, keepMs: keepFailedMs })
  }

  /** Jobs under way. */
  get running(): Iterable<Delivery> & { readonly size: number } {
    return this.#slots.running
  }

  /** When the store was last asked for jobs and answered, monotonic ms; undefined: never. */
  get reservedAt(): Ms | undefined {
    return this.#consumer.reservedAt
  }

  /** Whether it is neither stopping, nor told to be quiet, nor waiting for what its jobs depend on. */
  get takesJobs(): boolean {
    return !this.#quiet && !this.#outage.isOn && this.#shutdown.reason === undefined
  }

  /** Whether the store is to be asked for jobs now: it takes jobs, has room for one, and not all of its queues are paused. */
  get wantsJobs(): boolean {
    return this.#intake.free > 0 && this.#watch.active.length > 0
  }

  /** Works until something stops it; answers what did. Rejects only at the start: the store refuses for good, or it may not start. */
  async run(): Promise<StopReason> {
    const { connector, emitter } = this.#parts
    const unhear = hearStore(connector, { consumer: this.#consumer, watch: this.#watch, emitter })
    try {
      await Promise.race([this.#work(), this.#shutdown.overdue])
    } finally {
      this.#ended = true
      unhear?.()
      this.#shutdown.end()
      const parts = [this.#intake, this.#outage, this.#limits, this.#leases, this.#timeouts, this.#watch]
      for (const part of parts) part.stop()
      this.#executor.stop()
      this.#pruner?.stop()
      this.#bell.ring()
    }
    const reason = this.#shutdown.reason ?? 'signal'
    emitter.emit('worker:stop', { reason })
    return reason
  }

  /** Takes no new jobs until `resume`; what runs goes on. */
  quiet(): void {
    this.#quiet = true
    this.#intake.giveBack()
    void this.#consumer.interrupt()
  }

  resume(): void {
    this.#quiet = false
    this.#bell.ring()
  }

  /** Takes no new jobs, lets running ones finish within the grace time, releases the rest unspent. The first reason stays. */
  stop(reason: StopReason, graceMs: Ms = this.#parts.options.graceMs): void {
    if (this.#shutdown.reason !== undefined) return
    this.#shutdown.begin(reason, graceMs, () => this.stopNow(reason))
    this.#intake.giveBack()
    void this.#consumer.interrupt().then(() => this.#bell.ring())
  }

  /** Releases what runs without spending a try, and ends as soon as the store has heard of it. */
  stopNow(reason: StopReason): void {
    if (!this.#shutdown.now(reason)) return
    this.#intake.giveBack()
    for (const delivery of this.#slots.running) this.#executor.giveBack(delivery)
    void this.#consumer.interrupt().then(() => this.#bell.ring())
  }

  /** Whose error it is that nobody caught; undefined: nobody can tell. Asked where the process tells of the error. */
  culpritOf(error: unknown): Culprit | undefined {
    return this.#executor.culpritOf(error, this.running)
  }

  /** Takes no new jobs after an error nobody caught, and fails the job that it came out of if that still runs. */
  crash(error: unknown, culprit: Culprit | undefined): void {
    this.stop('crash')
    if (culprit?.delivery !== undefined) void this.#executor.crash(culprit.delivery, error)
  }

  async #work(): Promise<void> {
    const { options, emitter } = this.#parts
    const isWanted = () => this.#shutdown.reason === undefined
    await openStore({ ...this.#parts, watch: this.#watch, bell: this.#bell, isWanted })
    if (!isWanted()) return
    emitter.emit('worker:start', { queues: options.queues, concurrency: options.concurrency })
    this.#tell('worker:pause', this.#watch.paused)
    this.#pruner?.start()
    this.#limits.begin(() => this.#bell.ring())
    while (!this.#isDone()) await this.#turn()
  }

  async #turn(): Promise<void> {
    const reason = this.#limits.reached()
    if (reason !== null) this.stop(reason)
    this.#bell.listen()
    const restMs = this.#consumer.turn()
    if (!this.#isDone()) await this.#bell.rest(restMs)
    const { connector, options } = this.#parts
    await endOfTick((connector.cycles ?? 1) > 1, options.concurrency)
  }

  #isDone(): boolean {
    if (this.#ended) return true
    if (this.#shutdown.reason === undefined) return false
    return this.#intake.isEmpty && this.#settler.size === 0 && !this.#consumer.isBusy
  }

  #tell(name: 'worker:pause' | 'worker:resume', queues: readonly string[]): void {
    if (queues.length > 0) this.#parts.emitter.emit(name, { queues })
  }

  #freed(delivery: Delivery): void {
    if (!delivery.isUnanswered) this.#parts.watch?.forget(delivery.watched)
    if (!this.#intake.leave(delivery)) return
    if (this.#parts.options.stopWhenEmpty && this.#intake.isEmpty) void this.#consumer.interrupt()
    this.#bell.ring()
  }
}
