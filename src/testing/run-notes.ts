import type { Effect, EffectLedger, EffectState } from '../contract/effects.ts'
import type { LoneStore } from './lone-job.ts'

/** A store that lasts as long as one run, and starts with the effects that earlier ones left. */
export class RunNotes implements LoneStore, EffectLedger {
  readonly effects = this
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

  async effectsIn(): Promise<EffectLedger> {
    return this
  }

  async deleteIn(): Promise<void> {}

  async settle(): Promise<void> {}
}
