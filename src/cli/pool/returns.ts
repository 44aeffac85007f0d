import type { PullConnector, Reservation } from '../../contract/connector.ts'
import { reconnectPolicy } from '../../contract/retry.ts'
import type { Clock, Ms } from '../../contract/time.ts'
import type { Log } from '../../process/log.ts'
import { oneLine } from '../output.ts'
import { redact } from '../secrets.ts'

interface ReturnsParts {
  readonly connector: PullConnector
  readonly clock: Clock
  readonly log: Log
  /** After it the store hands them out by itself; null: never. */
  readonly expireMs: Ms | null
}

const retry = reconnectPolicy()

/**
 * Gives the jobs of workers that were killed back to the store, their attempt spent. Fenced by the receipts: one that the worker
 * had settled, or whose lease has ended, is refused, and nothing comes of it.
 */
export class Returns {
  readonly #parts: ReturnsParts
  readonly #underWay = new Set<Promise<void>>()

  constructor(parts: ReturnsParts) {
    this.#parts = parts
  }

  /** Connects before it is needed: that may take longer than a job should wait. A store that is away is no trouble yet. */
  prepare(): void {
    this.#parts.connector.open().catch(() => undefined)
  }

  give(held: readonly Reservation[], worker: string): void {
    if (held.length === 0) return
    const giving = this.#give(held, worker)
    this.#underWay.add(giving)
    void giving.finally(() => this.#underWay.delete(giving))
  }

  /** Resolves when all that is under way has come to its end, or so much later. */
  async settled(withinMs: Ms): Promise<void> {
    if (this.#underWay.size === 0) return
    const late = new Promise<void>((resolve) => this.#parts.clock.after(withinMs, resolve))
    await Promise.race([Promise.all(this.#underWay), late])
  }

  async #give(held: readonly Reservation[], worker: string): Promise<void> {
    const { clock, expireMs, log } = this.#parts
    const until = clock.monotonic() + (expireMs ?? Infinity)
    for (let attempt = 1; ; attempt++) {
      try {
        return this.#say(held, await this.#release(held), worker)
      } catch (error) {
        const isHopeless = !this.#parts.connector.isTransient(error) || clock.monotonic() > until
        if (isHopeless)
          return log.error(troubleText(held.length, worker, error, 'they come back when the lease ends'))
        if (attempt === 1) log.warn(troubleText(held.length, worker, error, 'trying again'))
        await new Promise<void>((resolve) =>
          clock.after(retry(attempt, error) ?? 0, resolve, { unref: true }),
        )
      }
    }
  }

  /** Answers the receipts of what was given back. */
  async #release(held: readonly Reservation[]): Promise<ReadonlySet<string>> {
    const { connector } = this.#parts
    await connector.open()
    const refused = await connector.settle(
      held.map((reservation) => ({ kind: 'release', reservation, delayMs: 0, spend: true })),
    )
    const left = new Set(held.map(({ receipt }) => receipt))
    for (const { reservation } of refused) left.delete(reservation.receipt)
    return left
  }

  #say(held: readonly Reservation[], given: ReadonlySet<string>, worker: string): void {
    if (given.size === 0) return
    const ids = held.filter(({ receipt }) => given.has(receipt)).map(({ id }) => id)
    const jobs = ids.length === 1 ? `the job ${ids[0]} that ran` : `the ${ids.length} jobs that ran`
    this.#parts.log.warn({ ids }, oneLine(`${jobs} in worker ${worker} went back to the queue`))
  }
}

function troubleText(count: number, worker: string, error: unknown, then: string): string {
  const why = error instanceof Error ? error.message : String(error)
  const jobs = `${count} ${count === 1 ? 'job' : 'jobs'}`
  return oneLine(
    redact(`${jobs} that ran in worker ${worker} could not go back to the queue (${why}); ${then}`),
  )
}
