import type { Ms } from '../../contract/time.ts'
import type { Outlook } from './dialect.ts'
import { onArrival } from './wake.ts'

/** How long until something is due, or a lease ends; Infinity: never as far as is known. */
export function untilFree({ dueAt, leasedAt }: Outlook, expireMs: Ms | null, nowMs: Ms): Ms {
  const dueMs = dueAt === null ? Infinity : dueAt * 1000
  const endMs = leasedAt === null || expireMs === null ? Infinity : leasedAt * 1000 + expireMs
  return Math.min(dueMs, endMs) - nowMs
}

/** What is waited for. */
export interface Watched {
  readonly location: string
  readonly closed: boolean
  /** Changes when anybody commits anything; null where the store cannot tell. */
  version(): Promise<number | null>
  /** How long until something can be reserved: 0 or less now, Infinity as far as is known never. */
  dueInMs(): Promise<Ms>
  /** How long to rest before the next look for what other processes commit, `looks` after something was seen to change. */
  restMs(looks: number): Ms
}

/** Ends when something is due, at the time-out, when `signal` aborts or the store is closed. Leaves no timer behind. */
export async function untilDue(store: Watched, timeoutMs: Ms, signal: AbortSignal): Promise<void> {
  const bell = new Bell()
  const deadline = performance.now() + timeoutMs
  const stop = onArrival(store.location, () => bell.ring())
  const abort = () => bell.ring()
  signal.addEventListener('abort', abort)
  try {
    for (let looks = 0; !signal.aborted && !store.closed && performance.now() < deadline; looks++) {
      const version = await store.version()
      const dueInMs = await store.dueInMs()
      if (dueInMs <= 0) return
      // Counted from the answer, not from the question: who reserves right after the wait must find it due.
      const end = Math.min(performance.now() + dueInMs, deadline)
      if (version !== null) await quietUntil(store, end, version, bell)
      else await bell.rungWithin(Math.min(end - performance.now(), store.restMs(looks)))
    }
  } catch (error) {
    if (!store.closed) throw error
  } finally {
    signal.removeEventListener('abort', abort)
    stop()
  }
}

/** Ends at `time` (monotonic), at a ring, or when the version has changed. */
async function quietUntil(store: Watched, time: Ms, version: number, bell: Bell): Promise<void> {
  for (let looks = 0; ; looks++) {
    const leftMs = time - performance.now()
    if (leftMs <= 0 || (await bell.rungWithin(Math.min(leftMs, store.restMs(looks))))) return
    if (store.closed || (await store.version()) !== version) return
  }
}

/** A bell that remembers one ring until it is heard. */
class Bell {
  #rung = false
  #hear: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#hear?.()
  }

  async rungWithin(ms: Ms): Promise<boolean> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#hear = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#hear = undefined
    }
    const rung = this.#rung
    this.#rung = false
    return rung
  }
}
