import type { Clock, Ms } from '../contract/time.ts'

/** One timer for many deadlines: armed for the earliest, it looks through all when it fires. */
export class Sweeper {
  #armedFor: Ms = Infinity
  #cancel: (() => void) | undefined
  readonly #clock: Clock
  readonly #sweep: (now: Ms) => Ms

  /** `sweep` does what is due and answers when (monotonic ms) to come again; Infinity: not until `expect`. */
  constructor(clock: Clock, sweep: (now: Ms) => Ms) {
    this.#clock = clock
    this.#sweep = sweep
  }

  /** Something falls due at `at`: costs a comparison unless it is earlier than all before. */
  expect(at: Ms): void {
    if (at >= this.#armedFor) return
    this.stop()
    this.#armedFor = at
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => {
      this.#armedFor = Infinity
      this.expect(this.#sweep(this.#clock.monotonic()))
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#armedFor = Infinity
  }
}
