import type { Reservation } from '../contract/connector.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Delivery } from './delivery.ts'
import type { WorkerParts } from './parts.ts'
import { Sweeper } from './sweeper.ts'

/** Who keeps this worker going, and gives its jobs back to the store should it be killed. */
export interface Overseer {
  /** Deliveries that run, and the receipts of those told earlier that no longer do. */
  held(came: readonly Reservation[], went: readonly string[]): void
  /** Operators asked for a restart; a worker hears of the same one once. */
  restarted(restarts: number): void
}

export type Oversight = Pick<WorkerParts, 'reserved' | 'restarted'>

/** What a worker needs so that its overseer is told. */
export function oversight(overseer: Overseer, clock: Clock): Oversight {
  const announcer = new Announcer(overseer, clock)
  return {
    reserved: (delivery, running) => announcer.reserved(delivery, running),
    restarted: (restarts) => overseer.restarted(restarts),
  }
}

/** After a word to the overseer, a job that ends within this time is not worth another. */
const quietMs: Ms = 100

/** How often it is told what has ended, while nothing else is to be told. */
const tidyEveryMs: Ms = 1_000

/**
 * Tells of a job before its code runs, but not more than ten times a second: what begins within 100 ms of the last word is told when
 * it has run for 100 ms. So it costs a quick job one comparison.
 */
class Announcer {
  readonly #overseer: Overseer
  readonly #told = new Set<Delivery>()
  readonly #sweeper: Sweeper
  #running: Iterable<Delivery> = []
  #toldAt: Ms = -Infinity

  constructor(overseer: Overseer, clock: Clock) {
    this.#overseer = overseer
    this.#sweeper = new Sweeper(clock, (now) => this.#tell(now))
  }

  reserved(delivery: Delivery, running: Iterable<Delivery>): void {
    const { startedAt } = delivery
    this.#running = running
    if (startedAt - this.#toldAt < quietMs) {
      this.#sweeper.expect(startedAt + quietMs)
      return
    }
    this.#toldAt = startedAt
    this.#sweeper.expect(this.#tell(startedAt, delivery))
  }

  /** Answers when to look again. */
  #tell(now: Ms, first?: Delivery): Ms {
    const running = new Set(this.#running)
    const went = [...this.#told].filter((each) => !running.has(each))
    const came: Delivery[] = []
    let next = Infinity
    for (const each of running) {
      if (this.#told.has(each)) continue
      if (each === first || now - each.startedAt >= quietMs) came.push(each)
      else next = Math.min(next, each.startedAt + quietMs)
    }
    for (const each of went) this.#told.delete(each)
    for (const each of came) this.#told.add(each)
    if (came.length + went.length > 0)
      this.#overseer.held(
        came.map(({ reservation }) => reservation),
        went.map(({ reservation }) => reservation.receipt),
      )
    return this.#told.size > 0 ? Math.min(next, now + tidyEveryMs) : next
  }
}
