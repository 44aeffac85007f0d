import type { Ms } from '../../contract/time.ts'

/** Answers that take longer on average are waited for asleep. */
const quickMs: Ms = 0.2
/** So long the loop stays awake for one answer. */
const longestMs: Ms = 0.3
/** Weight of the last answer in the average. */
const weight = 1 / 16

/** Keeps the event loop awake for an answer that is about to come: going to sleep and waking up take longer than a quick server. */
export class Impatience {
  #usualMs: Ms = quickMs
  #waiting = 0
  #until: Ms = 0
  #isTurning = false

  async awaiting<T>(answer: Promise<T>): Promise<T> {
    const at = performance.now()
    this.#waiting++
    if (this.#usualMs < quickMs) this.#turnUntil(at + longestMs)
    try {
      return await answer
    } finally {
      this.#waiting--
      this.#usualMs += (Math.min(performance.now() - at, 2) - this.#usualMs) * weight
    }
  }

  #turnUntil(time: Ms): void {
    this.#until = time
    if (this.#isTurning) return
    this.#isTurning = true
    setImmediate(this.#turn)
  }

  readonly #turn = () => {
    if (this.#waiting > 0 && performance.now() < this.#until) setImmediate(this.#turn)
    else this.#isTurning = false
  }
}
