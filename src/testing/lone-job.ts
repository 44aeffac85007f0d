import type { EffectLedger, OnceOptions } from '../contract/effects.ts'
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

/** What stands behind a delivery that belongs to no queue. */
export interface LoneStore {
  readonly effects: EffectLedger
  /** Rejects with `QueueError` for what is no transaction. */
  effectsIn(tx: unknown): Promise<EffectLedger>
  /** Rejects where the job cannot be deleted in a transaction. */
  deleteIn(tx: unknown): Promise<void>
  /** Resolves once the decision is kept. Called in the tick of the job's own call, once. */
  settle(end: JobRun): Promise<void>
}

interface LoneJobParts {
  readonly name: string
  readonly rawBody: string
  readonly attempts: number
  readonly store: LoneStore
}

/** A delivery that belongs to no queue: the first decision stands, as in a worker. */
export class LoneJob implements Job {
  readonly id = '1'
  readonly name: string
  readonly queue = 'default'
  readonly attempts: number
  readonly rawBody: string
  readonly signal: Job['signal'] = new AbortController().signal
  end: JobRun | undefined
  readonly #store: LoneStore
  readonly #effects: string[] = []
  #settled: Promise<void> | undefined

  constructor({ name, rawBody, attempts, store }: LoneJobParts) {
    this.name = name
    this.rawBody = rawBody
    this.attempts = attempts
    this.#store = store
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

  delete(): Promise<boolean> {
    return this.#decide({ outcome: 'deleted' })
  }

  release(delay: Seconds = 0): Promise<boolean> {
    return this.#decide({ outcome: 'released', delay })
  }

  fail(reason?: unknown): Promise<boolean> {
    return this.#decide({ outcome: 'failed', reason })
  }

  once(key: string, fn: () => unknown, options?: OnceOptions): Promise<boolean> {
    return once(this.#store.effects, effectOf(this, key), this.#counted(key, fn), options)
  }

  async onceIn(tx: unknown, key: string, fn: () => unknown): Promise<boolean> {
    return onceIn(await this.#store.effectsIn(tx), effectOf(this, key), this.#counted(key, fn))
  }

  async deleteIn(tx: unknown): Promise<void> {
    await this.#store.deleteIn(tx)
    this.end ??= { outcome: 'deleted' }
  }

  async #decide(end: JobRun): Promise<boolean> {
    if (this.end === undefined) {
      this.end = end
      this.#settled = this.#store.settle(end)
    }
    await this.#settled
    return this.end.outcome === end.outcome
  }

  #counted(key: string, fn: () => unknown): () => Promise<void> {
    return async () => {
      await fn()
      this.#effects.push(key)
    }
  }
}
