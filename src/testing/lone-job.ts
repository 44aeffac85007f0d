import type { Effect, EffectLedger, EffectState, OnceOptions } from '../contract/effects.ts'
import type { Outcome } from '../contract/events.ts'
import type { Job } from '../contract/job.ts'
import type { Seconds } from '../contract/time.ts'
import { effectOf } from '../effects/effect.ts'
import { once, onceIn } from '../effects/once.ts'

/** What a job did with itself. */
export interface JobRun {
  /** `unsettled`: it neither deleted nor released itself nor failed. */
  readonly outcome: Outcome
  /** What it was released with. */
  readonly delay?: Seconds
  /** What it gave to `fail()`. */
  readonly reason?: unknown
  /** The keys of `once` and `onceIn` whose function ran to its end in this run; left out when there were none. */
  readonly effects?: readonly string[]
}

/** A delivery that belongs to no store: the first decision stands, as in a worker. */
export class LoneJob implements Job {
  readonly id = '1'
  readonly name: string
  readonly queue = 'default'
  readonly attempts: number
  readonly rawBody: string
  readonly signal: Job['signal'] = new AbortController().signal
  end: JobRun | undefined
  readonly #notes: Notes
  readonly #effects: string[] = []

  constructor(
    name: string,
    rawBody: string,
    attempts: number,
    effects: Readonly<Record<string, 'started' | 'done'>>,
  ) {
    this.name = name
    this.rawBody = rawBody
    this.attempts = attempts
    this.#notes = new Notes(effects)
  }

  /** What it did so far. */
  get run(): JobRun {
    const end = this.end ?? { outcome: 'unsettled' }
    return this.#effects.length === 0 ? end : { ...end, effects: this.#effects }
  }

  get isDeleted(): boolean {
    return this.end?.outcome === 'deleted'
  }
  get isReleased(): boolean {
    return this.end?.outcome === 'released'
  }
  get hasFailed(): boolean {
    return this.end?.outcome === 'failed'
  }

  async delete(): Promise<boolean> {
    this.end ??= { outcome: 'deleted' }
    return this.isDeleted
  }

  async release(delay: Seconds = 0): Promise<boolean> {
    this.end ??= { outcome: 'released', delay }
    return this.isReleased
  }

  async fail(reason?: unknown): Promise<boolean> {
    this.end ??= { outcome: 'failed', reason }
    return this.hasFailed
  }

  once(key: string, fn: () => unknown, options?: OnceOptions): Promise<boolean> {
    return once(this.#notes, effectOf(this, key), this.#counted(key, fn), options)
  }

  onceIn(_tx: unknown, key: string, fn: () => unknown): Promise<boolean> {
    return onceIn(this.#notes, effectOf(this, key), this.#counted(key, fn))
  }

  async deleteIn(): Promise<void> {
    this.end ??= { outcome: 'deleted' }
  }

  #counted(key: string, fn: () => unknown): () => Promise<void> {
    return async () => {
      await fn()
      this.#effects.push(key)
    }
  }
}

/** A ledger that lasts as long as one run, and starts with what earlier ones left. */
class Notes implements EffectLedger {
  readonly #states: Map<string, EffectState>

  constructor(left: Readonly<Record<string, 'started' | 'done'>>) {
    this.#states = new Map(Object.entries(left))
  }

  async note({ key }: Effect, as: 'started' | 'done'): Promise<EffectState> {
    const before = this.#states.get(key) ?? 'new'
    if (before === 'new') this.#states.set(key, as)
    return before
  }

  async done({ key }: Effect): Promise<void> {
    this.#states.set(key, 'done')
  }

  async forget({ key }: Effect): Promise<void> {
    this.#states.delete(key)
  }
}
