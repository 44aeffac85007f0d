import type { PullConnector, Reservation } from '../../contract/connector.ts'
import type { Clock, Ms } from '../../contract/time.ts'
import type { Log } from '../../process/log.ts'
import { oneLine } from '../output.ts'
import { redact } from '../secrets.ts'

interface RenewalsParts {
  readonly connector: PullConnector
  readonly clock: Clock
  readonly log: Log
  readonly expireMs: Ms
  /** What the children run. */
  readonly held: () => readonly Reservation[]
}

/** Renews the leases of what children run, as they do themselves unless their job blocks them; a lost lease is their affair. */
export class Renewals {
  readonly #parts: RenewalsParts
  #cancel: (() => void) | undefined
  #isTold = false

  constructor(parts: RenewalsParts) {
    this.#parts = parts
    this.#next(parts.expireMs / 3)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #next(delayMs: Ms): void {
    this.#cancel = this.#parts.clock.after(delayMs, () => void this.#renew(), { unref: true })
  }

  /** At a third of a lease, and again at a tenth when that failed. */
  async #renew(): Promise<void> {
    const { connector, expireMs, held } = this.#parts
    const jobs = held()
    let nextMs = expireMs / 3
    try {
      if (jobs.length > 0) {
        await connector.open()
        await connector.touch(jobs, expireMs)
        this.#isTold = false
      }
    } catch (error) {
      nextMs = expireMs / 10
      this.#tell(error)
    }
    if (this.#cancel !== undefined) this.#next(nextMs)
  }

  #tell(error: unknown): void {
    if (this.#isTold) return
    this.#isTold = true
    const why = error instanceof Error ? error.message : String(error)
    this.#parts.log.warn(
      oneLine(redact(`the lease of what runs could not be renewed (${why}); trying again`)),
    )
  }
}
