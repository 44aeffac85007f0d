import type { Cache } from '../contract/connector.ts'
import type { Effect, EffectState } from '../contract/effects.ts'
import type { Clock, Ms } from '../contract/time.ts'

interface UnderWayParts {
  readonly clock: Clock
  readonly cache: Pick<Cache, 'get' | 'set'>
}

interface Run {
  readonly key: string
  /** Whether the delivery it is part of still counts. */
  readonly isAlive: () => boolean
  stop(): void
}

/** How often a long one says that it goes on. */
const pulseMs: Ms = 5_000
/** How long nothing may be heard of one before it counts as cut off. */
const silenceMs: Ms = 15_000
const keptMs: Ms = 60_000

/**
 * Effects that somebody is at now: a job of the same name and data must neither have one a second time meanwhile nor take it for
 * done. Those of this process are known; those of others leave a pulse in the store, which is watched by its changes and no clock.
 */
export class EffectsUnderWay {
  readonly #parts: UnderWayParts
  readonly #here = new Map<string, Run>()

  constructor(parts: UnderWayParts) {
    this.#parts = parts
  }

  begin({ key, mark }: Effect, isAlive: () => boolean): void {
    let beats = 0
    let cancel = () => {}
    const later = () => {
      cancel = this.#parts.clock.after(pulseMs, () => {
        void this.#parts.cache.set(pulseOf(key), `${mark} ${++beats}`, keptMs).catch(() => undefined)
        if (isAlive()) later()
      })
    }
    later()
    this.#here.set(mark, { key, isAlive, stop: () => cancel() })
  }

  end({ mark }: Effect): void {
    this.#here.get(mark)?.stop()
    this.#here.delete(mark)
  }

  /** Answers, each time it is asked, whether whoever began the effect may still be at it. */
  watch({ key }: Effect): (state: EffectState) => Promise<boolean> {
    const { clock, cache } = this.#parts
    let pulse: string | null = null
    let heardAt = clock.monotonic()
    return async (state) => {
      if (this.#isHere(key)) heardAt = clock.monotonic()
      // An earlier run of the same job is over, or it would still have the job.
      else if (state === 'started') return false
      const now = await cache.get(pulseOf(key)).catch(() => pulse)
      if (now !== pulse) heardAt = clock.monotonic()
      pulse = now
      return clock.monotonic() - heardAt < silenceMs
    }
  }

  #isHere(key: string): boolean {
    for (const run of this.#here.values()) if (run.key === key && run.isAlive()) return true
    return false
  }
}

function pulseOf(key: string): string {
  return `pulse:${key}`
}
