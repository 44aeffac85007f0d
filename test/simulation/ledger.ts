import type { Reservation, Settlement } from '../../src/contract/connector.ts'
import type { Ms } from '../../src/contract/time.ts'

/** One run of a job, as somebody outside of all machines sees it. */
export interface Run {
  readonly job: number
  readonly attempts: number
  readonly machine: number
  readonly startedAt: Ms
  /** How its code ended; undefined: it did not. */
  end: 'done' | 'threw' | 'released' | undefined
  endedAt: Ms
}

/** When something befell a machine, or the way between it and the store. */
export interface Trouble {
  readonly machine: number
  readonly what: 'killed' | 'frozen' | 'network' | 'stopped'
  readonly from: Ms
  readonly until: Ms
}

/** All that happened in a world. */
export class Ledger {
  readonly acked = new Set<number>()
  /** Pushed in a transaction that was undone. */
  readonly undone = new Set<number>()
  readonly runs = new Map<number, Run[]>()
  readonly troubles: Trouble[] = []
  /** Settlements that the store took although a later delivery of the job had begun. */
  stale = 0
  /** Jobs that came out of the outbox a second time. */
  readonly forked: number[] = []
  /** Deliveries whose job was told that it is deleted when the store had not done that. */
  readonly untrue: string[] = []
  readonly #ends = new Set<string>()
  readonly #stored = new Set<number>()
  readonly #latest = new Map<string, string>()

  began(job: number, attempts: number, machine: number, startedAt: Ms): Run {
    const run: Run = { job, attempts, machine, startedAt, end: undefined, endedAt: Infinity }
    this.runs.set(job, [...(this.runs.get(job) ?? []), run])
    return run
  }

  stored(job: number): void {
    if (this.#stored.has(job)) this.forked.push(job)
    this.#stored.add(job)
  }

  delivered({ id, receipt }: Reservation): void {
    this.#latest.set(id, receipt)
  }

  accepted({ kind, reservation: { id, receipt, attempts } }: Settlement): void {
    if (this.#latest.get(id) !== receipt) this.stale++
    this.#ends.add(`${kind} ${id} ${attempts}`)
  }

  /** A job was told that it is deleted. */
  confirmed(id: string, attempts: number): void {
    if (!this.#ends.has(`delete ${id} ${attempts}`)) this.untrue.push(`${id} at attempt ${attempts}`)
  }

  /** Whether anything befell that machine in between. */
  wasTroubled(machine: number, from: Ms, until: Ms): boolean {
    return this.troubles.some((each) => each.machine === machine && each.from <= until && each.until >= from)
  }
}
