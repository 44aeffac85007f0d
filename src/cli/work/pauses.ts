import type { Ms } from '../../contract/time.ts'
import { systemClock } from '../../process/clock.ts'

/** How often a pause asks whether it is over. */
const askEveryMs: Ms = 250

/** Waits that can all be cut short. */
export class Pauses {
  readonly #ends = new Set<() => void>()

  /** Resolves after so long, or soon after `isOver` answers true. */
  wait(delayMs: Ms, isOver?: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        cancelAsking()
        this.#ends.delete(end)
        resolve()
      }
      const ask = () => {
        if (isOver?.()) end()
        else cancelAsking = systemClock.after(askEveryMs, ask)
      }
      const cancel = systemClock.after(delayMs, end)
      let cancelAsking = isOver === undefined ? () => {} : systemClock.after(askEveryMs, ask)
      this.#ends.add(end)
    })
  }

  /** Ends those under way. */
  end(): void {
    for (const end of this.#ends) end()
  }
}
