import type { Clock, Ms } from '../contract/time.ts'

/** Wakes the one who rests: a ring that comes while nobody does is not lost. */
export class Bell {
  #rung = false
  #wakeUp: (() => void) | undefined
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#rung = true
    const wakeUp = this.#wakeUp
    this.#wakeUp = undefined
    wakeUp?.()
  }

  /** Rings from now on count. */
  listen(): void {
    this.#rung = false
  }

  /** Until it rings, or rang since `listen`, or for so long. */
  rest(restMs: Ms): Promise<void> | undefined {
    if (this.#rung || restMs <= 0) return undefined
    return new Promise((resolve) => {
      const cancel = restMs === Infinity ? undefined : this.#clock.after(restMs, () => this.ring())
      this.#wakeUp = () => {
        cancel?.()
        resolve()
      }
    })
  }
}
