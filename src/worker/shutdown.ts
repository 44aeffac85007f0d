import type { StopReason } from '../contract/events.ts'
import type { Clock, Ms } from '../contract/time.ts'

/** After the grace time, how long the last settlements may take to reach the store. */
const flushMs: Ms = 5_000

/** Why a worker ends, and by when: the first reason stays, and no later call moves the end further away. */
export class Shutdown {
  /** Set once the worker takes no more jobs. */
  reason: StopReason | undefined
  /** Whether what ran has been released. */
  isNow = false
  /** Resolves when it is no use to wait any longer. */
  readonly overdue: Promise<void>
  #expire: () => void = () => {}
  #timers: (() => void)[] = []
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
    this.overdue = new Promise((resolve) => {
      this.#expire = resolve
    })
  }

  /** `release` is called when the grace time is over. */
  begin(reason: StopReason, graceMs: Ms, release: () => void): void {
    this.reason = reason
    this.#timers.push(this.#clock.after(graceMs, release, { unref: true }))
  }

  /** False when it was called before. */
  now(reason: StopReason): boolean {
    if (this.isNow) return false
    this.isNow = true
    this.reason ??= reason
    this.#timers.push(this.#clock.after(flushMs, this.#expire, { unref: true }))
    return true
  }

  /** The worker has ended: nothing more is due. */
  end(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers = []
  }
}
