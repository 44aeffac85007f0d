import type { WorkerOptions } from '../contract/config.ts'
import type { PullConnector } from '../contract/connector.ts'
import type { Effect, EffectLedger, EffectState, OnceOptions } from '../contract/effects.ts'
import { QueueError } from '../contract/errors.ts'
import { type RetryPolicy, reconnectPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import { CacheLedger } from '../effects/cache-ledger.ts'
import { effectOf } from '../effects/effect.ts'
import { once, onceIn } from '../effects/once.ts'
import type { Delivery } from './delivery.ts'
import { EffectsUnderWay } from './effects-under-way.ts'

interface EffectsParts {
  readonly clock: Clock
  readonly connector: PullConnector
  readonly options: Pick<WorkerOptions, 'expireMs'>
  /** The ledger inside a transaction that is not on the store. */
  readonly effectsIn?: (tx: unknown) => Promise<EffectLedger>
  /** How long effects are remembered. */
  readonly keepEffectsMs?: Ms | null
  readonly retry?: RetryPolicy
}

/** How often is looked whether an effect that somebody else is at is done. */
const lookEveryMs: Ms = 500

/** What jobs do once, however often they run. */
export class Effects {
  readonly #parts: EffectsParts
  readonly #ledger: EffectLedger
  readonly #retry: RetryPolicy
  readonly #underWay: EffectsUnderWay

  constructor(parts: EffectsParts) {
    this.#parts = parts
    this.#ledger = parts.connector.effects ?? new CacheLedger(parts.connector.cache)
    this.#retry = parts.retry ?? reconnectPolicy()
    this.#underWay = new EffectsUnderWay({ clock: parts.clock, cache: parts.connector.cache })
  }

  async once(delivery: Delivery, key: string, fn: () => unknown, options?: OnceOptions): Promise<boolean> {
    const effect = effectOf(delivery, key, this.#parts.keepEffectsMs)
    this.#refuseIfLost(delivery, key)
    const run = () => {
      // Noting may have taken longer than the lease.
      this.#refuseIfLost(delivery, key)
      return fn()
    }
    try {
      return await once(this.#persistent(delivery), effect, run, options)
    } finally {
      this.#underWay.end(effect)
    }
  }

  async onceIn(delivery: Delivery, tx: unknown, key: string, fn: () => unknown): Promise<boolean> {
    const { connector, effectsIn, keepEffectsMs } = this.#parts
    const effect = effectOf(delivery, key, keepEffectsMs)
    const ledger = (await connector.effectsIn?.(tx)) ?? (await effectsIn?.(tx))
    if (ledger !== undefined) return onceIn(ledger, effect, fn)
    throw new QueueError(
      'TX_ELSEWHERE',
      `job.onceIn: tx is no transaction in the store of this ${connector.name} connection`,
    )
  }

  async deleteIn(delivery: Delivery, tx: unknown): Promise<void> {
    if (delivery.settlement !== undefined)
      throw new QueueError('SETTLED', `job.deleteIn: the job is ${delivery.outcome} already`)
    if (delivery.isLost || delivery.abandoned) throw leaseLost('job.deleteIn')
    const { connector } = this.#parts
    const committed = () => delivery.deletedByCommit()
    const isRemoved = (await connector.deleteIn?.(tx, delivery.reservation, committed)) ?? null
    if (isRemoved === null)
      throw new QueueError(
        'TX_ELSEWHERE',
        `job.deleteIn: tx is no transaction in the database of this ${connector.name} connection, so the job cannot be deleted in it; call job.delete() after the commit`,
      )
    if (!isRemoved) throw leaseLost('job.deleteIn')
    delivery.sent = true
  }

  /** A transaction that tells nobody of its commit: whether it has deleted the job, the store knows. */
  async findOut(delivery: Delivery): Promise<void> {
    const { connector } = this.#parts
    const { settlement, reservation } = delivery
    if (settlement !== undefined || delivery.isLost || delivery.abandoned) return
    try {
      const refused = await connector.touch([reservation], this.#parts.options.expireMs)
      if (refused.length > 0) delivery.deletedByCommit()
    } catch {
      // Then it is as one that settled nothing.
    }
  }

  /** The ledger, asked again until it answers or the lease is over. */
  #persistent(delivery: Delivery): EffectLedger {
    const ledger = this.#ledger
    const persist = <T>(call: () => Promise<T>) => this.#untilAnswered(delivery, call)
    return {
      note: async (effect, as) => {
        const state = await this.#noted(delivery, effect, () => persist(() => ledger.note(effect, as)))
        if (state !== 'done') this.#underWay.begin(effect, () => !this.#isOver(delivery))
        return state
      },
      forget: (effect) => persist(() => ledger.forget(effect)),
      done: (effect) =>
        persist(() => ledger.done(effect)).catch((error) => Promise.reject(unrecorded(effect, error))),
    }
  }

  /** What the ledger says once nobody else is at it. */
  async #noted(delivery: Delivery, effect: Effect, note: () => Promise<EffectState>): Promise<EffectState> {
    const isAlive = this.#underWay.watch(effect)
    for (;;) {
      const state = await note()
      if (state === 'new' || state === 'done' || !(await isAlive(state))) return state
      this.#refuseIfLost(delivery, effect.key)
      await this.#pause(lookEveryMs)
    }
  }

  async #untilAnswered<T>(delivery: Delivery, call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call()
      } catch (error) {
        if (!this.#parts.connector.isTransient(error) || this.#isOver(delivery)) throw error
        await this.#pause(this.#retry(attempt, error) ?? 0)
      }
    }
  }

  #isOver({ isLost, abandoned, leaseEndsAt }: Delivery): boolean {
    return isLost || abandoned || leaseEndsAt <= this.#parts.clock.monotonic()
  }

  #pause(ms: Ms): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.after(ms, resolve))
  }

  #refuseIfLost(delivery: Delivery, key: string): void {
    if (this.#isOver(delivery)) throw leaseLost(`job.once(${JSON.stringify(key)})`)
  }
}

function leaseLost(call: string): QueueError {
  return new QueueError(
    'LEASE_LOST',
    `${call}: the lease of this delivery is lost: the job is somebody else's by now`,
  )
}

function unrecorded({ key }: Effect, cause: unknown): QueueError {
  return new QueueError(
    'ONCE_UNRECORDED',
    `job.once(${JSON.stringify(key)}): the effect was done, but the store could not be told before the lease ended: a later run finds it begun`,
    { cause },
  )
}
