import type { Ms } from '../../contract/time.ts'

/** A longer way is not taken for half of there and back: the two may differ by too much. */
const longestMs: Ms = 0.5
/** So much longer the way is thought to be with each answer that took longer. */
const growth = 1.05

/** How long a command takes to the server, as far as the quickest of the last answers tells: half of it. */
export class Way {
  #thereAndBackMs: Ms = Infinity

  /** 0 when nothing is known. */
  get ms(): Ms {
    const half = this.#thereAndBackMs / 2
    return half > longestMs ? 0 : half
  }

  /** An answer came so long after its command. */
  took(ms: Ms): void {
    this.#thereAndBackMs = Math.min(ms, this.#thereAndBackMs * growth)
  }
}
