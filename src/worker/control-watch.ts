import type { Clock, Ms } from '../contract/time.ts'
import { type Control, everyQueue } from '../control.ts'

const everyMs: Ms = 1_000

interface WatchParts {
  readonly control: Control
  readonly clock: Clock
  /** Obey pauses; false with `--force`. */
  readonly obeyPauses: boolean
  readonly restarted: () => void
  /** The paused queues changed. */
  readonly changed: () => void
}

/** Hears of restart, pause and resume within a second, by one cheap read each second. */
export class ControlWatch {
  readonly #parts: WatchParts
  #revision: string | undefined
  #restarts: string | undefined
  #paused: ReadonlySet<string> = new Set()
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  /** Reads the present state; rejects when the store does. */
  async start(): Promise<void> {
    this.#restarts = await this.#parts.control.restarts()
    await this.#look()
    this.#again()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  isPaused(queue: string): boolean {
    return this.#paused.has(queue) || this.#paused.has(everyQueue)
  }

  #again(): void {
    if (this.#stopped) return
    this.#cancel = this.#parts.clock.after(everyMs, () => {
      void this.#look()
        .catch(() => undefined)
        .then(() => this.#again())
    })
  }

  async #look(): Promise<void> {
    const { control, obeyPauses, restarted, changed } = this.#parts
    const revision = await control.revision()
    if (revision === this.#revision || this.#stopped) return
    const restarts = await control.restarts()
    if (obeyPauses) this.#paused = new Set(await control.paused())
    this.#revision = revision
    if (restarts !== this.#restarts) restarted()
    changed()
  }
}
