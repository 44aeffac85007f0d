import type { Clock, Ms } from '../../src/contract/time.ts'

/** The time of one machine: its wall clock may be wrong, and it may stand still for a while. */
export class MachineClock implements Clock {
  readonly #base: Clock
  #wrongByMs: Ms = 0
  #frozenUntil: Ms = -Infinity

  constructor(base: Clock) {
    this.#base = base
  }

  wall(): Ms {
    return this.#base.wall() + this.#wrongByMs
  }

  monotonic(): Ms {
    return this.#base.monotonic()
  }

  after(delayMs: Ms, fn: () => void): () => void {
    let cancel = this.#base.after(delayMs, () => {
      const frozenMs = this.#frozenUntil - this.#base.monotonic()
      if (frozenMs <= 0) fn()
      else cancel = this.#base.after(frozenMs, fn)
    })
    return () => cancel()
  }

  step(ms: Ms): void {
    this.#wrongByMs += ms
  }

  freeze(ms: Ms): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.monotonic() + ms)
  }

  /** Resolves so much later, or when it stands still no more. */
  sleep(ms: Ms): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve))
  }

  /** What is done is only noticed once it moves again. */
  async thawed(): Promise<void> {
    if (this.#frozenUntil > this.monotonic()) await this.sleep(0)
  }
}
