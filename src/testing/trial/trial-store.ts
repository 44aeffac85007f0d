import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Effect, EffectLedger, EffectState } from '../../contract/effects.ts'
import { QueueError } from '../../contract/errors.ts'
import { effectsIn } from '../../database/effects/effects-in.ts'
import { CacheLedger } from '../../effects/cache-ledger.ts'
import type { JobRun, LoneStore } from '../lone-job.ts'
import { callSite } from './call-site.ts'
import type { KillPoints } from './kill-point.ts'
import type { Logbook } from './logbook.ts'

interface TrialStoreParts {
  /** Of the job. */
  readonly file: string
  readonly attempt: number
  /** Names the life of the job among all that use the same database. */
  readonly life: string
  readonly logbook: Logbook
  readonly points: KillPoints
}

const calls = { deleted: 'delete', released: 'release', failed: 'fail', unsettled: '' } as const

/** The store of a job that is killed and run again. It is told of nothing in the tick of the call, as none is. */
export class TrialStore implements LoneStore {
  readonly effects: EffectLedger
  /** What the job asked for that cannot be tried. */
  refused: QueueError | undefined
  readonly #parts: TrialStoreParts

  constructor(parts: TrialStoreParts) {
    this.#parts = parts
    this.effects = new WatchedLedger(parts)
  }

  /** In the transaction's own database. */
  async effectsIn(tx: unknown): Promise<EffectLedger> {
    return new LifeLedger(await effectsIn(tx), this.#parts.life)
  }

  async deleteIn(): Promise<void> {
    this.refused = new QueueError(
      'TX_ELSEWHERE',
      `${this.#parts.file}: testJob has no queue whose row job.deleteIn(tx) could delete in your transaction; test this job on a queue of the database connector, or let testJob try it with job.onceIn(tx, …) and job.delete()`,
    )
    throw this.refused
  }

  async settle({ outcome }: JobRun): Promise<void> {
    const { file, attempt, logbook, points } = this.#parts
    const place = callSite(calls[outcome]) ?? file
    await nextTurn()
    points.reach('before it was settled', place)
    logbook.settle(attempt, outcome)
  }
}

/** The effects of `job.once`, each with its two moments at which nobody knows whether it was done. */
class WatchedLedger implements EffectLedger {
  readonly #ledger: CacheLedger
  readonly #parts: TrialStoreParts
  readonly #places = new Map<string, string>()

  constructor(parts: TrialStoreParts) {
    this.#parts = parts
    this.#ledger = new CacheLedger(parts.logbook)
  }

  async note(effect: Effect, as: 'started' | 'done'): Promise<EffectState> {
    const place = callSite('once') ?? this.#parts.file
    this.#places.set(effect.mark, place)
    await nextTurn()
    const before = await this.#ledger.note(effect, as)
    if (before !== 'done') this.#parts.points.reach('before the effect', place)
    return before
  }

  async done(effect: Effect): Promise<void> {
    this.#parts.points.reach('after the effect', this.#places.get(effect.mark)!)
    await nextTurn()
    await this.#ledger.done(effect)
  }

  forget(effect: Effect): Promise<void> {
    return this.#ledger.forget(effect)
  }
}

/** Keeps the effects of one life apart from those that lives before have left in the same table. */
class LifeLedger implements EffectLedger {
  readonly #ledger: EffectLedger
  readonly #life: string

  constructor(ledger: EffectLedger, life: string) {
    this.#ledger = ledger
    this.#life = life
  }

  note(effect: Effect, as: 'started' | 'done'): Promise<EffectState> {
    return this.#ledger.note(this.#own(effect), as)
  }

  done(effect: Effect): Promise<void> {
    return this.#ledger.done(this.#own(effect))
  }

  forget(effect: Effect): Promise<void> {
    return this.#ledger.forget(this.#own(effect))
  }

  #own(effect: Effect): Effect {
    return { ...effect, key: `${this.#life}:${effect.key}` }
  }
}
