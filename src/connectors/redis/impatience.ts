import type { Ms } from '../../contract/time.ts'

/** Answers that take longer on average are waited for asleep. */
const quickMs: Ms = 0.2
/** So long the loop stays awake for one answer. */
const longestMs: Ms = 0.3
/** One slow answer counts as so much at most, so that it is soon forgotten. */
const slowMs: Ms = 2
/** Of the last answer in the average. */
const weight = 1 / 16

/** What a test may replace. */
interface LoopParts {
  readonly now: () => Ms
  readonly turn: (next: () => void) => void
}

const loop: LoopParts = { now: () => performance.now(), turn: setImmediate }

/** Keeps the event loop awake for an answer that is about to come: to fall asleep and wake up takes longer than a quick server. */
export class Impatience {
  readonly #loop: LoopParts
  #usualMs: Ms = quickMs
  #waiting = 0
  #until: Ms = 0
  #isTurning = false

  constructor(parts = loop) {
    this.#loop = parts
  }

  async awaiting<T>(answer: Promise<T>): Promise<T> {
    const at = this.#loop.now()
    this.#waiting++
    if (this.#usualMs < quickMs) this.#turnUntil(at + longestMs)
    try {
      return await answer
    } finally {
      this.#waiting--
      this.#usualMs += (Math.min(this.#loop.now() - at, slowMs) - this.#usualMs) * weight
    }
  }

  #turnUntil(time: Ms): void {
    this.#until = time
    if (this.#isTurning) return
    this.#isTurning = true
    this.#loop.turn(this.#turn)
  }

  readonly #turn = () => {
    if (this.#waiting > 0 && this.#loop.now() < this.#until) this.#loop.turn(this.#turn)
    else this.#isTurning = false
  }
}
