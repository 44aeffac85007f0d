import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import { MemoryStore } from '../../src/connectors/memory/store.ts'
import type { Envelope } from '../../src/contract/connector.ts'
import type { Ms } from '../../src/contract/time.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { oneOf, type Random, seeded } from '../seeded.ts'
import type { CountedDatabase } from './counted-database.ts'
import { Ledger, type Trouble } from './ledger.ts'
import { Machine, type Plan } from './machine.ts'
import { slowestMs } from './network.ts'
import { MemoryOutboxStore } from './outbox-store.ts'

const secondMs = 1_000
const hourMs: Ms = 3_600_000
const machines = 3
const undone = new Error('undone')
/** Long enough for every try of every job, its backoff and the lease of who died. */
const quietMs: Ms = hourMs

/** A store, a few machines that work for it, and all that befalls them, by one seed. */
export class World {
  readonly clock = new FakeClock()
  readonly store = new MemoryStore()
  readonly ledger = new Ledger()
  readonly random: Random
  readonly producer: MemoryConnector
  readonly outbox: { readonly store: MemoryOutboxStore; readonly database: CountedDatabase } | undefined
  readonly #machines: Machine[] = []
  #numbers = 0
  #jobs = 0

  /** With a database its jobs go through an outbox there, beside those that go to the store at once. */
  constructor(seed: number, database?: CountedDatabase) {
    this.random = seeded(seed)
    this.producer = new MemoryConnector({ store: this.store, clock: this.clock })
    const store = new MemoryOutboxStore(this.store, this.clock, (body) => this.ledger.stored(jobIn(body)))
    this.outbox = database && { store, database }
  }

  /** So many hours of work and trouble, and a quiet one at the end; then everything stops. */
  async live(hours: number): Promise<void> {
    for (let each = 0; each < machines; each++) this.#machines.push(this.#machine())
    const end = this.clock.monotonic() + hours * hourMs
    while (this.clock.monotonic() < end) {
      await this.#advance(this.#between(100, 60 * secondMs))
      if (this.random(3) === 0) this.#trouble()
      else if (this.outbox === undefined || this.random(2) === 0) await this.#push()
      else await this.#pushIn(this.outbox.database)
    }
    await this.#advance(quietMs)
    for (const each of this.#machines) each.kill()
    await this.#advance(quietMs)
  }

  /** What a database does takes no virtual time. */
  async #advance(ms: Ms): Promise<void> {
    if (this.outbox === undefined) return this.clock.advance(ms)
    for (let left = ms; left > 0; ) {
      const step = Math.min(left, Math.max(this.clock.nextMs ?? Infinity, 0))
      await this.clock.advance(step)
      await this.outbox.database.idle()
      left -= step
    }
  }

  #machine(): Machine {
    return new Machine(this, this.#numbers++)
  }

  async #push(): Promise<void> {
    const batch = this.#batch()
    await this.producer.push(batch)
    for (const { body } of batch) this.ledger.acked.add(jobIn(body))
  }

  /** By the code of a machine; a fifth of its transactions are undone. */
  async #pushIn(database: CountedDatabase): Promise<void> {
    // Without delays, for the database would count them by the real time.
    const batch = this.#batch().map((job) => ({ ...job, delayMs: 0 }))
    const isUndone = this.random(5) === 0
    const machine = this.#one(this.#machines)
    const pushing = database.call((real) =>
      real.transaction(async (tx) => {
        await machine.pushIn(tx, batch)
        if (isUndone) throw undone
      }),
    )
    await pushing.catch((error) => {
      if (error !== undone) throw error
    })
    const account = isUndone ? this.ledger.undone : this.ledger.acked
    for (const { body } of batch) account.add(jobIn(body))
  }

  #batch(): readonly Envelope[] {
    return Array.from({ length: 1 + this.random(6) }, () => {
      const plan: Plan = { n: ++this.#jobs, runs: Array.from({ length: 3 }, () => this.#run()) }
      return {
        id: `job ${plan.n}`,
        queue: 'default',
        job: 'J',
        body: JSON.stringify({ job: 'J', data: plan }),
        delayMs: this.#one([0, 0, 5_000, 90_000]),
      }
    })
  }

  /** Longer than the lease of a minute now and then, but below the time-out. */
  #run(): Plan['runs'][number] {
    const does = this.#one<Plan['runs'][number]['does']>([
      'end',
      'end',
      'end',
      'delete',
      'delete',
      'throw',
      'release',
      'delete and throw',
      'hang',
    ])
    return { does, ms: this.#one([0, 20, 500, 3_000, 25_000, 100_000]) }
  }

  #trouble(): void {
    const at = this.random(this.#machines.length)
    const machine = this.#machines[at]!
    const { number } = machine
    const now = this.clock.monotonic()
    const note = (what: Trouble['what'], ms: Ms) =>
      this.ledger.troubles.push({ machine: number, what, from: now, until: now + ms })
    const kinds = ['kill', 'kill', 'freeze', 'freeze', 'lose', 'lose', 'slow', 'step', 'stop'] as const
    switch (this.#one(kinds)) {
      case 'kill':
        machine.kill()
        note('killed', Infinity)
        this.#machines[at] = this.#machine()
        break
      case 'freeze': {
        const ms = this.#between(secondMs, 300 * secondMs)
        machine.clock.freeze(ms)
        note('frozen', ms)
        break
      }
      case 'lose': {
        const ms = this.#between(secondMs, 120 * secondMs)
        machine.network.lostRequests = this.random(100)
        machine.network.lostReplies = this.random(100)
        const late = this.#one([0, this.random(100)])
        machine.network.lateRequests = late
        this.clock.after(ms, () => {
          machine.network.lostRequests = 0
          machine.network.lostReplies = 0
          machine.network.lateRequests = 0
        })
        // What is late arrives after the end of it.
        note('network', late === 0 ? ms : ms + slowestMs)
        break
      }
      case 'slow': {
        const ms = this.#between(secondMs, 120 * secondMs)
        machine.network.slowMs = this.#between(100, slowestMs)
        this.clock.after(ms, () => {
          machine.network.slowMs = 0
        })
        // What left at the end of it arrives later.
        note('network', ms + slowestMs)
        break
      }
      case 'step':
        machine.clock.step(this.#one([-hourMs, hourMs, 90 * secondMs]))
        break
      case 'stop':
        machine.stop()
        note('stopped', 30 * secondMs)
    }
  }

  #between(least: number, most: number): number {
    return least + this.random(most - least)
  }

  #one<T>(list: readonly T[]): T {
    return oneOf(list, this.random)
  }
}

/** The number of the job in a payload. */
export function jobIn(body: string): number {
  return (JSON.parse(body) as { data: { n: number } }).data.n
}
