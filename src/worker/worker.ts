import type { WorkerOptions } from '../contract/config.ts'
import type { PullConnector, Reservation } from '../contract/connector.ts'
import type { StopReason } from '../contract/events.ts'
import type { JobRegistry } from '../contract/job.ts'
import { reconnectPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import { Control } from '../control.ts'
import type { Emitter } from '../emitter.ts'
import { Consumer } from './consumer.ts'
import { ControlWatch } from './control-watch.ts'
import type { Delivery } from './delivery.ts'
import { Executor } from './executor.ts'
import { Leases } from './leases.ts'
import { Limits, type MemoryGauge } from './limits.ts'
import { Pruner } from './pruner.ts'
import { Settler } from './settler.ts'
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

/** After the grace time, how long the last settlements may take to reach the store. */
const flushMs: Ms = 5_000

/** A worker's life: start, quiet, stop by a deadline. What it does in between is the consumer's and the executor's. */
export class Worker {
  readonly #parts: WorkerParts
  readonly #running = new Set<Delivery>()
  readonly #settler: Settler
  readonly #executor: Executor
  readonly #leases: Leases
  readonly #timeouts: Timeouts
  readonly #limits: Limits
  readonly #consumer: Consumer
  readonly #watch: ControlWatch
  readonly #pruner: Pruner | undefined
  #resting = 0
  #quiet = false
  #stopReason: StopReason | undefined
  #deadlineAt: Ms = Infinity
  #woken = false
  #wakeUp: (() => void) | undefined
  #active: readonly string[] | undefined
  #cancelGrace: (() => void) | undefined

  constructor(parts: WorkerParts) {
    this.#parts = parts
    const { connector, registry, options, emitter, clock, memory } = parts
    const running = this.#running
    const wake = () => this.#wake()
    this.#settler = new Settler({ clock, emitter, wake })
    this.#leases = new Leases({
      clock,
      connector,
      expireMs: options.expireMs,
      running,
      lost: (delivery) => this.#lost(delivery),
    })
    this.#timeouts = new Timeouts({ clock, running, giveUp: (delivery) => void this.#giveUp(delivery) })
    this.#limits = new Limits({ options, clock, memory })
    this.#executor = new Executor({
      clock,
      emitter,
      registry,
      options,
      settle: (delivery) => this.#settler.add(delivery),
      reserved: (delivery) => this.#reserved(delivery),
      began: (delivery, timeoutMs) => this.#timeouts.began(delivery, timeoutMs),
      ended: (delivery) => this.#ended(delivery),
    })
    this.#consumer = new Consumer({
      clock,
      emitter,
      connector,
      settler: this.#settler,
      expireMs: options.expireMs,
      sleepMs: options.sleepMs,
      queues: () => this.#queues(),
      free: () => this.#free(),
      start: (reservation) => this.#start(reservation),
      empty: () => {
        this.#limits.empty = running.size === 0
        wake()
      },
      wake,
    })
    this.#watch = new ControlWatch({
      control: new Control(connector.cache, clock),
      clock,
      obeyPauses: !options.force,
      restarted: () => this.stop('restart'),
      changed: () => this.#repaused(),
    })
    const { keepFailedMs } = parts
    if (keepFailedMs !== null)
      this.#pruner = new Pruner({ failed: connector.failed, clock, keepMs: keepFailedMs })
  }

  /** Jobs under way. */
  get running(): ReadonlySet<Delivery> {
    return this.#running
  }

  /** Works until something stops it; answers what did. Rejects only when the store refuses for good at the start. */
  async run(): Promise<StopReason> {
    const { options, emitter, clock } = this.#parts
    await this.#open()
    emitter.emit('worker:start', { queues: options.queues, concurrency: options.concurrency })
    this.#pruner?.start()
    const alarm = Number.isFinite(options.maxTimeMs)
      ? clock.after(options.maxTimeMs, () => this.#wake())
      : undefined
    try {
      while (!this.#finished()) await this.#turn()
    } finally {
      alarm?.()
      this.#leases.stop()
      this.#timeouts.stop()
      this.#watch.stop()
      this.#pruner?.stop()
      await this.#consumer.interrupt()
    }
    const reason = this.#stopReason ?? 'signal'
    emitter.emit('worker:stop', { reason })
    return reason
  }

  /** Takes no new jobs until `resume`; what runs goes on. */
  quiet(): void {
    this.#quiet = true
    void this.#consumer.interrupt()
  }

  resume(): void {
    this.#quiet = false
    this.#wake()
  }

  /** Takes no new jobs, lets running ones finish within the grace time, releases the rest unspent. The first reason stays. */
  stop(reason: StopReason, graceMs: Ms = this.#parts.options.graceMs): void {
    if (this.#stopReason !== undefined) return
    this.#stopReason = reason
    const { clock } = this.#parts
    this.#deadlineAt = clock.monotonic() + graceMs + flushMs
    const cancel = clock.after(graceMs, () => this.stopNow(reason), { unref: true })
    this.#cancelGrace = cancel
    void this.#consumer.interrupt().then(() => this.#wake())
  }

  /** Releases what runs without spending a try, and ends as soon as the store has heard of it. */
  stopNow(reason: StopReason): void {
    this.#stopReason ??= reason
    this.#cancelGrace?.()
    const { clock } = this.#parts
    this.#deadlineAt = Math.min(this.#deadlineAt, clock.monotonic() + flushMs)
    clock.after(flushMs, () => this.#wake(), { unref: true })
    for (const delivery of this.#running) this.#giveBack(delivery)
    void this.#consumer.interrupt().then(() => this.#wake())
  }

  async #turn(): Promise<void> {
    const reason = this.#limits.reached()
    if (reason !== null) this.stop(reason)
    this.#woken = false
    await this.#rest(await this.#consumer.turn())
    await new Promise<void>((resolve) => setImmediate(resolve))
  }

  /** Until woken, or for so long. */
  #rest(restMs: Ms): Promise<void> | undefined {
    if (this.#woken || restMs <= 0) return undefined
    return new Promise((resolve) => {
      const cancel = restMs === Infinity ? undefined : this.#parts.clock.after(restMs, () => this.#wake())
      this.#wakeUp = () => {
        cancel?.()
        resolve()
      }
    })
  }

  #wake(): void {
    this.#woken = true
    const wakeUp = this.#wakeUp
    this.#wakeUp = undefined
    wakeUp?.()
  }

  #finished(): boolean {
    if (this.#stopReason === undefined) return false
    if (this.#running.size === 0 && this.#settler.size === 0 && !this.#consumer.isWaiting) return true
    return this.#parts.clock.monotonic() >= this.#deadlineAt
  }

  /** A store that is not there yet is waited for; one that refuses is an error. */
  async #open(): Promise<void> {
    const { connector, emitter, clock } = this.#parts
    const retry = reconnectPolicy()
    const since = clock.monotonic()
    for (let attempt = 1; this.#stopReason === undefined; attempt++) {
      try {
        await connector.open()
        await this.#watch.start()
        if (attempt > 1) emitter.emit('store:up', { downMs: clock.monotonic() - since })
        return
      } catch (error) {
        if (!connector.isTransient(error)) throw error
        emitter.emit('store:down', { error, attempt })
        await this.#rest(retry(attempt, error) ?? 0)
      }
    }
  }

  #free(): number {
    if (this.#quiet || this.#stopReason !== undefined) return 0
    return this.#limits.allowed(this.#parts.options.concurrency - this.#running.size - this.#resting)
  }

  #queues(): readonly string[] {
    const { queues } = this.#parts.options
    this.#active ??= queues.filter((queue) => !this.#watch.isPaused(queue))
    return this.#active
  }

  #repaused(): void {
    const { emitter, options } = this.#parts
    const before = this.#queues()
    this.#active = undefined
    const now = this.#queues()
    const paused = before.filter((queue) => !now.includes(queue))
    const resumed = now.filter((queue) => !before.includes(queue))
    if (paused.length > 0) emitter.emit('worker:pause', { queues: paused })
    if (resumed.length > 0) emitter.emit('worker:resume', { queues: resumed })
    if (paused.length + resumed.length > 0 && options.queues.length > 0) {
      void this.#consumer.interrupt().then(() => this.#wake())
    }
  }

  #start(reservation: Reservation): void {
    this.#limits.started++
    this.#limits.empty = false
    void this.#executor.run(reservation)
  }

  #reserved(delivery: Delivery): void {
    this.#running.add(delivery)
    this.#leases.began(delivery)
  }

  #ended(delivery: Delivery): void {
    if (!this.#running.delete(delivery)) return
    this.#limits.ended++
    const { restMs } = this.#parts.options
    if (restMs > 0 && this.#stopReason === undefined) this.#restSlot(restMs)
    this.#wake()
  }

  #restSlot(restMs: Ms): void {
    this.#resting++
    this.#parts.clock.after(restMs, () => {
      this.#resting--
      this.#wake()
    })
  }

  #lost(delivery: Delivery): void {
    delivery.isLost = true
    delivery.abort(new Error('the lease of this job was lost: another worker may have it'))
    this.#parts.emitter.emit('job:lost', delivery.event())
  }

  async #giveUp(delivery: Delivery): Promise<void> {
    await this.#executor.giveUp(delivery)
    this.stop('timeout')
  }

  #giveBack(delivery: Delivery): void {
    if (delivery.settlement === undefined && !delivery.isLost) {
      delivery.post({ kind: 'release', reservation: delivery.reservation, delayMs: 0, spend: false })
    }
    this.#executor.abandon(delivery)
    delivery.abort(new Error('the worker stopped before the job was done: it was released'))
  }
}
