import type { Reservation, Settlement } from '../contract/connector.ts'
import type { OnceOptions } from '../contract/effects.ts'
import type { JobEvent, Outcome } from '../contract/events.ts'
import type { Job, JobEntry, OpenedJob } from '../contract/job.ts'
import { type Ms, releaseDelayMs, type Seconds } from '../contract/time.ts'
import type { Culprit } from './attribution.ts'
import type { Effects } from './effects.ts'

/** What a delivery asks of its surroundings. */
export interface DeliveryOffice {
  readonly effects: Effects
  settle(delivery: Delivery): void
  /** Buries, and calls `failed()` once that is confirmed. */
  fail(delivery: Delivery, reason: unknown): Promise<boolean>
  warn(delivery: Delivery, message: string): void
}

const states = { delete: 'deleted', release: 'released', bury: 'failed' } as const

/** One job under way: what the handler sees of it, and what the worker knows. It is settled at most once. */
export class Delivery implements Job {
  readonly reservation: Reservation
  readonly startedAt: Ms
  name = '?'
  data: unknown
  entry: JobEntry | undefined
  opened: OpenedJob | undefined
  /** Whether the handler was called at all. */
  fired = false
  /** What things it starts know it by; undefined: it runs without a context. */
  culprit: Culprit | undefined
  /** Monotonic; Infinity: never. */
  leaseEndsAt: Ms
  timesOutAt: Ms = Infinity
  /** Among those under way. */
  place = -1
  /** What the watch knows it by. */
  readonly watched: number
  timeoutMs: Ms = 0
  /** Set when its time is up. */
  timeout: Error | undefined
  /** Given up by the worker while its code may still run: what that says no longer counts. */
  abandoned = false
  isLost = false
  settlement: Settlement | undefined
  /** It may be settled without our knowing, by a lost reply or a transaction under way: refused then means done. */
  sent = false
  /** `failed()` being called for a job that failed itself; the run ends after it. */
  failing: Promise<boolean> | undefined
  readonly #office: DeliveryOffice
  #controller: AbortController | undefined
  #confirmed: boolean | undefined
  #resolve: ((ok: boolean) => void) | undefined
  #outcome: Promise<boolean> | undefined
  /** Answers `fail()`, which waits for more than the store. */
  #answerFail: ((ok: boolean) => void) | undefined

  constructor(
    reservation: Reservation,
    office: DeliveryOffice,
    startedAt: Ms,
    leaseEndsAt: Ms,
    watched: number,
  ) {
    this.reservation = reservation
    this.#office = office
    this.startedAt = startedAt
    this.leaseEndsAt = leaseEndsAt
    this.watched = watched
  }

  get id(): string {
    return this.reservation.id
  }
  get queue(): string {
    return this.reservation.queue
  }
  get attempts(): number {
    return this.reservation.attempts
  }
  get rawBody(): string {
    return this.reservation.body
  }
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }
  get isDeleted(): boolean {
    return this.settlement?.kind === 'delete'
  }
  get isReleased(): boolean {
    return this.settlement?.kind === 'release'
  }
  get hasFailed(): boolean {
    return this.settlement?.kind === 'bury'
  }
  /** Settled, but the store has not confirmed it yet. */
  get isUnanswered(): boolean {
    return this.settlement !== undefined && this.#confirmed === undefined
  }
  get outcome(): Outcome {
    return this.settlement === undefined ? 'unsettled' : states[this.settlement.kind]
  }

  delete(): Promise<boolean> {
    return this.#decide('delete') ?? this.settle({ kind: 'delete', reservation: this.reservation })
  }

  release(delay: Seconds = 0): Promise<boolean> {
    const delayMs = releaseDelayMs(delay)
    return (
      this.#decide('release') ??
      this.settle({ kind: 'release', reservation: this.reservation, delayMs, spend: true })
    )
  }

  fail(reason?: unknown): Promise<boolean> {
    const refused = this.#decide('bury')
    if (refused !== undefined) return refused
    this.failing = this.#office.fail(this, reason)
    return new Promise((resolve) => {
      this.#answerFail = resolve
      void this.failing?.then(resolve)
    })
  }

  once(key: string, fn: () => unknown, options?: OnceOptions): Promise<boolean> {
    return this.#office.effects.once(this, key, fn, options)
  }

  onceIn(tx: unknown, key: string, fn: () => unknown): Promise<boolean> {
    return this.#office.effects.onceIn(this, tx, key, fn)
  }

  deleteIn(tx: unknown): Promise<void> {
    return this.#office.effects.deleteIn(this, tx)
  }

  /** A transaction of the handler's has deleted it; what was decided in the meantime stands. */
  deletedByCommit(): void {
    if (this.settlement !== undefined || this.abandoned) return
    this.settlement = { kind: 'delete', reservation: this.reservation }
    this.confirm(true)
  }

  /** Hands the settlement over in this tick; the answer comes with the store's. */
  settle(settlement: Settlement): Promise<boolean> {
    this.post(settlement)
    return this.confirmation()
  }

  /** As `settle`, for those who do not wait for the answer. */
  post(settlement: Settlement): void {
    this.settlement = settlement
    this.#office.settle(this)
  }

  /** Releases it without spending a try. */
  postUnspent(delayMs: Ms = 0): void {
    this.post({ kind: 'release', reservation: this.reservation, delayMs, spend: false })
  }

  confirmation(): Promise<boolean> {
    if (this.#confirmed !== undefined) return Promise.resolve(this.#confirmed)
    this.#outcome ??= new Promise((resolve) => {
      this.#resolve = resolve
    })
    return this.#outcome
  }

  confirm(ok: boolean): void {
    this.#confirmed = ok
    this.#resolve?.(ok)
  }

  /**
   * The lease ended and the store has not answered: the handler is told false, since it may be what the store waits for (a
   * transaction in which it awaits its own deletion). What the store says later still counts.
   */
  answerLate(): void {
    if (this.hasFailed) this.#answerFail?.(false)
    else this.#resolve?.(false)
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }

  event(): JobEvent {
    const { id, queue, attempts } = this.reservation
    return { id, name: this.name, queue, attempts, reservation: this.reservation }
  }

  /** The first decision wins: undefined when this is it, otherwise the answer to give. */
  #decide(kind: Settlement['kind']): Promise<boolean> | undefined {
    if (this.isLost || this.abandoned) return Promise.resolve(false)
    if (this.settlement === undefined) return undefined
    this.#office.warn(this, `${kind} of a job that is ${this.outcome} already: the first decision stands`)
    return this.settlement.kind === kind ? this.confirmation() : Promise.resolve(false)
  }
}
