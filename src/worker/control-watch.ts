import type { Clock, Ms } from '../contract/time.ts'
import { type Control, everyQueue } from '../control.ts'

const everyMs: Ms = 1_000

interface WatchParts {
  readonly control: Control
  readonly clock: Clock
  readonly queues: readonly string[]
  /** Obey pauses; false with `--force`. */
  readonly obeyPauses: boolean
  readonly restarted: () => void
  /** Queues were paused or resumed since the start; one of the two may be empty. */
  readonly changed: (paused: readonly string[], resumed: readonly string[]) => void
}

/** Hears of restart, pause and resume within a second, by one cheap read each second. */
export class ControlWatch {
  /** The queues that are not paused, by preference. */
  active: readonly string[]
  readonly #parts: WatchParts
  #revision: string | undefined
  #restarts = 0
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.active = parts.queues
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

  #again(): void {
    if (this.#stopped) return
    this.#cancel = this.#parts.clock.after(everyMs, () => {
      void this.#look()
        .catch(() => undefined)
        .then(() => this.#again())
    })
  }

  async #look(): Promise<void> {
    const { control, obeyPauses, restarted } = this.#parts
    const revision = await control.revision()
    if (revision === this.#revision) return
    const restarts = await control.restarts()
    const paused = obeyPauses ? await control.paused() : []
    if (this.#stopped) return
    const isFirst = this.#revision === undefined
    this.#revision = revision
    if (restarts > this.#restarts) restarted()
    this.#restarts = restarts
    const before = this.active
    this.active = this.#unless(new Set(paused))
    if (!isFirst) this.#tell(before)
  }

  #unless(paused: ReadonlySet<string>): readonly string[] {
    return this.#parts.queues.filter((queue) => !paused.has(queue) && !paused.has(everyQueue))
  }

  #tell(before: readonly string[]): void {
    const paused = before.filter((queue) => !this.active.includes(queue))
    const resumed = this.active.filter((queue) => !before.includes(queue))
    if (paused.length + resumed.length > 0) this.#parts.changed(paused, resumed)
  }
}
