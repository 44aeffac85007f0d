import type { WorkerOptions } from '../contract/config.ts'
import type { Reservation } from '../contract/connector.ts'
import type { Clock, Ms } from '../contract/time.ts'

type PrefetchOptions = Pick<WorkerOptions, 'prefetch' | 'concurrency' | 'restMs' | 'expireMs'>

interface PrefetchParts {
  readonly clock: Clock
  readonly options: PrefetchOptions
  /** The least concurrency at which jobs are held where nobody says how many. */
  readonly fetchesAheadFrom: number
  /** Releases unspent. */
  readonly decline: (reservation: Reservation, reservedAt: Ms, watched: number) => void
}

interface Held {
  readonly reservation: Reservation
  readonly reservedAt: Ms
  readonly heldAt: Ms
  /** What the watch knows it by. */
  readonly watched: number
}

/** Jobs are fetched ahead while the last of them would start within so long. */
const quickMs: Ms = 10

/** No job is held longer: another worker may be idle. */
const longestHoldMs: Ms = 50

/** What a run is taken to last before any ended: some dozens of quick ones show that it is less. */
const unknownMs: Ms = 30

/** The same after jobs had to be given back. */
const slowMs: Ms = 1_000

/** Jobs reserved beyond the free slots, so that the next one is there when a slot is free: only while jobs are quick. */
export class Prefetch {
  /** Whether jobs may ever be held. */
  readonly isOn: boolean
  #held: Held[] = []
  #next = 0
  /** How long a run lasts, erring on the long side: a longer one counts at once, shorter ones bit by bit. */
  #runMs = unknownMs
  #guard: (() => void) | undefined
  readonly #parts: PrefetchParts
  readonly #most: number
  readonly #holdMs: Ms

  constructor(parts: PrefetchParts) {
    this.#parts = parts
    const { prefetch, concurrency, restMs, expireMs } = parts.options
    this.#most = prefetch ?? (concurrency >= parts.fetchesAheadFrom ? mostAhead(concurrency) : 0)
    this.isOn = this.#most > 0 && restMs === 0
    this.#holdMs = Math.min(longestHoldMs, (expireMs ?? Infinity) / 4)
  }

  /** How many are held. */
  get size(): number {
    return this.#held.length - this.#next
  }

  /** How many more to ask for than slots are free. */
  get room(): number {
    if (!this.isOn || this.#runMs > quickMs) return 0
    const quick = Math.floor((this.#parts.options.concurrency * quickMs) / this.#runMs)
    return Math.max(0, Math.min(this.#most, quick) - this.size)
  }

  hold(reservation: Reservation, reservedAt: Ms, watched: number): void {
    const heldAt = this.#parts.clock.monotonic()
    this.#held.push({ reservation, reservedAt, heldAt, watched })
    if (this.#guard === undefined) this.#watch(this.#holdMs)
  }

  /** The one that has waited longest, for a slot that is free. */
  take(): Held | undefined {
    if (this.size === 0) return undefined
    const held = this.#held[this.#next++]
    if (this.size === 0) this.#clear()
    return held
  }

  /** A run took so long. */
  ran(runMs: Ms): void {
    if (runMs > this.#runMs) this.#runMs = runMs
    else this.#runMs += (runMs - this.#runMs) / 32
  }

  /** All that is held goes back unspent. */
  giveBack(): void {
    const { decline } = this.#parts
    for (let held = this.take(); held !== undefined; held = this.take())
      decline(held.reservation, held.reservedAt, held.watched)
  }

  stop(): void {
    this.#guard?.()
  }

  #clear(): void {
    this.#held = []
    this.#next = 0
  }

  /** One timer for all: when it fires, the first in line tells whether to look again or to give all back. */
  #watch(delayMs: Ms): void {
    const { clock } = this.#parts
    this.#guard = clock.after(
      delayMs,
      () => {
        this.#guard = undefined
        const first = this.#held[this.#next]
        if (first === undefined) return
        const leftMs = first.heldAt + this.#holdMs - clock.monotonic()
        if (leftMs > 0) return this.#watch(leftMs)
        this.#runMs = Math.max(this.#runMs, slowMs)
        this.giveBack()
      },
      { unref: true },
    )
  }
}

/**
 * Where nobody says: round trips of some dozens of jobs cost least, and what is held by a worker that dies has lost a try. Who runs
 * one job at a time has one at stake besides.
 */
function mostAhead(concurrency: number): number {
  return concurrency === 1 ? 1 : Math.max(concurrency, Math.min(4 * concurrency, 100))
}
