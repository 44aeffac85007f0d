import type { Clock, Ms } from '../contract/time.ts'

/** How often a process that runs a job tells that its event loop lives. */
export const pulseMs: Ms = 250

/** From when on a silence is worth saying. */
const worthSayingMs: Ms = 1_000

interface PulseParts {
  readonly clock: Clock
  /** Told once, when there has been no beat for a while. */
  readonly blocked: (silentMs: Ms) => void
  /** Told when there is one again, or the job has ended. */
  readonly over: (silentMs: Ms) => void
}

/** Notices from another process that the event loop of one that runs a job stands still. */
export class Pulse {
  readonly #parts: PulseParts
  #beatAt: Ms = 0
  #isSilent = false
  #cancel: (() => void) | undefined

  constructor(parts: PulseParts) {
    this.#parts = parts
  }

  begin(): void {
    this.#cancel?.()
    this.#beatAt = this.#parts.clock.monotonic()
    this.#lookIn(worthSayingMs)
  }

  beat(): void {
    const now = this.#parts.clock.monotonic()
    if (this.#isSilent) this.#parts.over(now - this.#beatAt)
    this.#isSilent = false
    this.#beatAt = now
  }

  end(): void {
    if (this.#cancel === undefined) return
    this.#cancel()
    this.#cancel = undefined
    this.beat()
  }

  #lookIn(delayMs: Ms): void {
    const { clock } = this.#parts
    const dueAt = clock.monotonic() + delayMs
    const look = () => {
      // Who was late itself has beats to hear first.
      if (clock.monotonic() - dueAt < pulseMs) this.#look()
      this.#lookIn(pulseMs)
    }
    this.#cancel = clock.after(delayMs, look, { unref: true })
  }

  #look(): void {
    const silentMs = this.#parts.clock.monotonic() - this.#beatAt
    if (this.#isSilent || silentMs < worthSayingMs) return
    this.#isSilent = true
    this.#parts.blocked(silentMs)
  }
}
