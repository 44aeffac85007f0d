import type { Clock, Ms } from '../contract/time.ts'
import { type Control, everyQueue } from '../control.ts'

interface WatchParts {
  readonly control: Control
  readonly clock: Clock
  /** Between two looks that nobody asked for. */
  readonly everyMs: Ms
  readonly queues: readonly string[]
  /** Obey pauses; false with `--force`. */
  readonly obeyPauses: boolean
  readonly restarted: (restarts: number) => void
  /** Something was signalled, whatever it was. */
  readonly signalled?: (() => void) | undefined
  /** Queues were paused or resumed since the start; one of the two may be empty. */
  readonly changed: (paused: readonly string[], resumed: readonly string[]) => void
}

/** After a look that failed. */
const retryMs: Ms = 1_000

/** Sees restart, pause and resume by one cheap read at regular times, and whenever it is told to look. */
export class ControlWatch {
  /** The queues that are not paused, by preference. */
  active: readonly string[]
  readonly #parts: WatchParts
  #revision: string | undefined
  #restarts = 0
  #cancel: (() => void) | undefined
  #looking = false
  /** Somebody wants a look that begins now. */
  #asked = false
  #stopped = false

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.active = parts.queues
  }

  /** Reads the present state; rejects when the store does. */
  async start(): Promise<void> {
    this.#restarts = await this.#parts.control.restarts()
    await this.#look()
    this.#again(this.#parts.everyMs)
  }

  get paused(): readonly string[] {
    return this.#parts.queues.filter((queue) => !this.active.includes(queue))
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  /** Somebody said that something may have changed. */
  lookNow(): void {
    if (this.#stopped || this.#revision === undefined) return
    this.#asked = true
    this.#cancel?.()
    if (!this.#looking) void this.#lookAndGoOn()
  }

  #again(delayMs: Ms): void {
    if (this.#stopped) return
    this.#cancel = this.#parts.clock.after(delayMs, () => void this.#lookAndGoOn())
  }

  /** Looks until nobody has asked meanwhile, then at the next regular time. */
  async #lookAndGoOn(): Promise<void> {
    const { everyMs } = this.#parts
    this.#looking = true
    let nextMs = everyMs
    do {
      this.#asked = false
      nextMs = await this.#look().then(
        () => everyMs,
        () => Math.min(everyMs, retryMs),
      )
    } while (this.#asked && !this.#stopped)
    this.#looking = false
    this.#again(nextMs)
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
    if (!isFirst) this.#parts.signalled?.()
    // PHP writes its host's time, which may be behind; 0 is a store that forgot.
    if (restarts > 0 && restarts !== this.#restarts) restarted(restarts)
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
