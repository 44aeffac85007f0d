import type { WorkerOptions } from '../contract/config.ts'
import type { PullConnector, Reservation } from '../contract/connector.ts'
import type { StopReason } from '../contract/events.ts'
import type { JobRegistry } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import { Control } from '../control.ts'
import type { Emitter } from '../emitter.ts'
import { Bell } from './bell.ts'
import { Consumer } from './consumer.ts'
import { ControlWatch } from './control-watch.ts'
import type { Delivery } from './delivery.ts'
import { Executor } from './executor.ts'
import { Leases } from './leases.ts'
import { Limits, type MemoryGauge } from './limits.ts'
import { openStore } from './opening.ts'
import { Pruner } from './pruner.ts'
import { Settler } from './settler.ts'
import { Shutdown } from './shutdown.ts'
import { Slots } from './slots.ts'
import { Timeouts } from './timeouts.ts'

export interface WorkerParts {
  readonly connector: PullConnector
  readonly registry: JobRegistry
  readonly options: WorkerOptions
  readonly emitter: Emitter
  readonly clock: Clock
  readonly memory: MemoryGauge
  /** How long failed jobs are kept; null: for ever. */
  readonly keepFailedMs: Ms | null
}

/** A worker's life: start, quiet, stop by a deadline. What it does in between is the consumer's and the executor's. */
export class Worker {
  readonly #parts: WorkerParts
  readonly #bell: Bell
  readonly #slots: Slots
  readonly #settler: Settler
  readonly #executor: Executor
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
    this.#bell = new Bell(clock)
    const wake = () => this.#bell.ring()
    const { concurrency, restMs } = options
    this.#slots = new Slots({ clock, concurrency, restMs, rested: wake })
    const { running } = this.#slots
    this.#shutdown = new Shutdown(clock)
    this.#settler = new Settler({ clock, emitter, wake })
    this.#leases = new Leases({
      clock,
      connector,
      expireMs: options.expireMs,
      running,
      lost: (delivery) => this.#lost(delivery),
    })
    this.#timeouts = new Timeouts({ clock, running, giveUp: (delivery) => this.#giveUp(delivery) })
    this.#limits = new Limits({ options, clock, memory })
    this.#executor = new Executor({
      clock,
      emitter,
      registry,
      options,
      settle: (delivery) => this.#settler.add(delivery),
      reserved: (delivery) => this.#reserved(delivery),
      began: (delivery, timeoutMs, at) => this.#timeouts.began(delivery, timeoutMs, at),
      ended: (delivery) => this.#freed(delivery),
    })
    this.#consumer = new Consumer({
      clock,
      emitter,
      connector,
      settler: this.#settler,
      expireMs: options.expireMs,
      sleepMs: options.sleepMs,
      queues: () => this.#watch.active,
      free: () => this.#free(),
      start: (reservation, reservedAt) => this.#start(reservation, reservedAt),
      empty: () => this.#foundNothing(),
      wake,
    })
    this.#watch = new ControlWatch({
      control: new Control(connector, clock),
      clock,
      queues: options.queues,
      obeyPauses: !options.force,
      restarted: () => this.stop('restart'),
      changed: (paused, resumed) => this.#repaused(paused, resumed),
    })
    const { keepFailedMs } = parts
    if (keepFailedMs !== null)
      this.#pruner = new Pruner({ failed: connector.failed, clock, keepMs: keepFailedMs })
  }

  /** Jobs under way. */
  get running(): ReadonlySet<Delivery> {
    return this.#slots.running
  }

  /** Works until something stops it; answers what did. Rejects only when the store refuses for good at the start. */
  async run(): Promise<StopReason> {
    try {
      await Promise.race([this.#work(), this.#shutdown.overdue])
    } finally {
      this.#ended = true
      this.#shutdown.end()
      this.#limits.stop()
      this.#leases.stop()
      this.#timeouts.stop()
      this.#watch.stop()
      this.#pruner?.stop()
      this.#bell.ring()
    }
    const reason = this.#shutdown.reason ?? 'signal'
    this.#parts.emitter.emit('worker:stop', { reason })
    return reason
  }

  /** Takes no new jobs until `resume`; what runs goes on. */
  quiet(): void {
    this.#quiet = true
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
    void this.#consumer.interrupt().then(() => this.#bell.ring())
  }

  /** Releases what runs without spending a try, and ends as soon as the store has heard of it. */
  stopNow(reason: StopReason): void {
    if (!this.#shutdown.now(reason)) return
    for (const delivery of this.#slots.running) this.#executor.giveBack(delivery)
    void this.#consumer.interrupt().then(() => this.#bell.ring())
  }

  async #work(): Promise<void> {
    const { connector, options, emitter, clock } = this.#parts
    const isWanted = () => this.#shutdown.reason === undefined
    await openStore({ connector, watch: this.#watch, emitter, clock, bell: this.#bell, isWanted })
    if (!isWanted()) return
    emitter.emit('worker:start', { queues: options.queues, concurrency: options.concurrency })
    const { active } = this.#watch
    this.#tell(
      'worker:pause',
      options.queues.filter((queue) => !active.includes(queue)),
    )
    this.#pruner?.start()
    this.#limits.alarm(() => this.#bell.ring())
    while (!this.#isDone()) await this.#turn()
  }

  async #turn(): Promise<void> {
    const reason = this.#limits.reached()
    if (reason !== null) this.stop(reason)
    this.#bell.listen()
    const restMs = await this.#consumer.turn()
    if (!this.#isDone()) await this.#bell.rest(restMs)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }

  #isDone(): boolean {
    if (this.#ended) return true
    if (this.#shutdown.reason === undefined) return false
    return this.#slots.running.size === 0 && this.#settler.size === 0 && !this.#consumer.isWaiting
  }

  get #takesJobs(): boolean {
    return !this.#quiet && this.#shutdown.reason === undefined
  }

  #free(): number {
    if (!this.#takesJobs) return 0
    return this.#limits.allowed(this.#slots.free)
  }

  #foundNothing(): void {
    if (this.#limits.empty || this.#slots.running.size > 0) return
    this.#limits.empty = true
    this.#bell.ring()
  }

  #repaused(paused: readonly string[], resumed: readonly string[]): void {
    this.#tell('worker:pause', paused)
    this.#tell('worker:resume', resumed)
    void this.#consumer.interrupt().then(() => this.#bell.ring())
  }

  #tell(name: 'worker:pause' | 'worker:resume', queues: readonly string[]): void {
    if (queues.length > 0) this.#parts.emitter.emit(name, { queues })
  }

  /** What comes when no more is wanted goes back as it was. */
  #start(reservation: Reservation, reservedAt: Ms): void {
    if (!this.#takesJobs) {
      this.#executor.decline(reservation, reservedAt)
      return
    }
    this.#limits.started++
    this.#limits.empty = false
    void this.#executor.run(reservation, reservedAt)
  }

  #reserved(delivery: Delivery): void {
    this.#slots.take(delivery)
    this.#leases.began(delivery)
  }

  #freed(delivery: Delivery): void {
    if (!this.#slots.leave(delivery)) return
    this.#limits.ended++
    if (this.#parts.options.stopWhenEmpty && this.#slots.running.size === 0) void this.#consumer.interrupt()
    this.#bell.ring()
  }

  #lost(delivery: Delivery): void {
    delivery.isLost = true
    delivery.abort(new Error('the lease of this job was lost: another worker may have it'))
    this.#parts.emitter.emit('job:lost', delivery.event())
  }

  #giveUp(delivery: Delivery): void {
    this.stop('timeout')
    void this.#executor.giveUp(delivery)
  }
}
