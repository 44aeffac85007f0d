import type { Cache } from '../contract/connector.ts'
import type { Effect, EffectLedger, EffectState } from '../contract/effects.ts'
import { recordName, recordText, stateIn } from './record.ts'

/** Effects among the shared values of a store, for stores that keep them nowhere else. */
export class CacheLedger implements EffectLedger {
  readonly #cache: Pick<Cache, 'get' | 'set' | 'add' | 'forget'>

  constructor(cache: Pick<Cache, 'get' | 'set' | 'add' | 'forget'>) {
    this.#cache = cache
  }

  async note(effect: Effect, as: 'started' | 'done'): Promise<EffectState> {
    const name = recordName(effect)
    for (;;) {
      if (await this.#cache.add(name, recordText(effect, as), effect.keepMs)) return 'new'
      const record = await this.#cache.get(name)
      // It may have been forgotten just now.
      if (record !== null) return stateIn(record, effect)
    }
  }

  done(effect: Effect): Promise<void> {
    return this.#cache.set(recordName(effect), recordText(effect, 'done'), effect.keepMs)
  }

  async forget(effect: Effect): Promise<void> {
    const name = recordName(effect)
    const record = await this.#cache.get(name)
    if (record !== null && stateIn(record, effect) === 'new') await this.#cache.forget(name)
  }
}
