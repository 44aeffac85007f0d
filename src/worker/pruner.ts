import type { FailedJobs } from '../contract/connector.ts'
import type { Clock, Ms } from '../contract/time.ts'

const everyMs: Ms = 3_600_000

interface PrunerParts {
  readonly failed: FailedJobs
  readonly clock: Clock
  readonly keepMs: Ms
}

/** Forgets failed jobs that are older than the configuration keeps them: at the start, and each hour. */
export class Pruner {
  readonly #parts: PrunerParts
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(parts: PrunerParts) {
    this.#parts = parts
  }

  start(): void {
    const { failed, clock, keepMs } = this.#parts
    const again = () => {
      if (!this.#stopped) this.#cancel = clock.after(everyMs, () => this.start(), { unref: true })
    }
    failed.flush(clock.wall() - keepMs).then(again, again)
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }
}
