import type { Infrastructure } from '../contract/infrastructure.ts'
import { type RetryPolicy, reconnectPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'

interface OutageParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly infrastructure: readonly Infrastructure[]
  /** It began or ended. */
  readonly changed: (isOn: boolean) => void
  readonly retry?: RetryPolicy
}

/** A job that lost what it depends on is due again after so long: another worker may be better off. */
export const lostDelayMs: Ms = 1_000

/** So often is one job released unspent; after that, losing its infrastructure counts as its own failure. */
const mostReleases = 10
/** Jobs whose releases are remembered. */
const remembered = 1_000

/** While what jobs depend on is away: no job is taken, it is asked until it answers, and no job pays for it with a try. */
export class Outage {
  isOn = false
  readonly #parts: OutageParts
  readonly #retry: RetryPolicy
  readonly #releases = new Map<string, number>()
  #attempts = 0
  #beganAt: Ms = 0
  #cancel: (() => void) | undefined

  constructor(parts: OutageParts) {
    this.#parts = parts
    this.#retry = parts.retry ?? reconnectPolicy()
  }

  /** Whether what a job threw is no failure of its own; then the outage has begun. `job` names it for the count. */
  explains(thrown: unknown, job: string): boolean {
    const lost = this.#parts.infrastructure.find((each) => saysLost(each, thrown))
    if (lost === undefined) return false
    const releases = (this.#releases.get(job) ?? 0) + 1
    if (releases > mostReleases) return false
    this.#remember(job, releases)
    if (!this.isOn) this.#begin(lost, thrown)
    return true
  }

  /** A job got through: what it depends on is there. */
  over(): void {
    if (!this.isOn) this.#attempts = 0
  }

  stop(): void {
    this.#cancel?.()
  }

  #begin(lost: Infrastructure, error: unknown): void {
    const { clock, emitter, changed } = this.#parts
    this.isOn = true
    this.#beganAt = clock.monotonic()
    emitter.emit('infrastructure:down', { error })
    changed(true)
    this.#later(lost, error)
  }

  #later(lost: Infrastructure, error: unknown): void {
    const pauseMs = this.#retry(++this.#attempts, error) ?? 0
    this.#cancel = this.#parts.clock.after(pauseMs, () => void this.#ask(lost, error))
  }

  async #ask(lost: Infrastructure, error: unknown): Promise<void> {
    try {
      await lost.ping?.(error)
    } catch {
      this.#later(lost, error)
      return
    }
    const { clock, emitter, changed } = this.#parts
    this.isOn = false
    // Without a ping nothing was asked, so the next loss is the same outage.
    if (lost.ping !== undefined) this.#attempts = 0
    emitter.emit('infrastructure:up', { downMs: clock.monotonic() - this.#beganAt })
    changed(false)
  }

  #remember(job: string, releases: number): void {
    this.#releases.delete(job)
    this.#releases.set(job, releases)
    if (this.#releases.size <= remembered) return
    const [oldest] = this.#releases.keys()
    this.#releases.delete(oldest as string)
  }
}

/** Whatever was thrown, and whoever looks at it: a look that fails says nothing. */
function saysLost(infrastructure: Infrastructure, thrown: unknown): boolean {
  try {
    return infrastructure.isLost(thrown)
  } catch {
    return false
  }
}
