import type { PullConnector, Settlement } from '../../src/contract/connector.ts'
import { StoreError } from '../../src/contract/errors.ts'
import type { OutboxStore } from '../../src/contract/outbox.ts'
import type { Clock, Ms } from '../../src/contract/time.ts'
import type { PackedDatabase, SqlValue } from '../../src/database/database.ts'
import type { Random } from '../seeded.ts'
import type { CountedDatabase } from './counted-database.ts'
import type { Ledger } from './ledger.ts'
import type { MachineClock } from './machine-clock.ts'

const lost = () => new StoreError('the connection was lost', { transient: true, code: 'LOST' })

/** What a request may take. Longer than a lease. */
export const slowestMs: Ms = 90_000

const never = <T>() => new Promise<T>(() => undefined)

interface NetworkParts {
  /** The machine's own. */
  readonly clock: MachineClock
  /** That of the world. */
  readonly base: Clock
  readonly random: Random
  readonly ledger: Ledger
}

/** The way from one machine to the store: requests and replies are lost or late on it while there is trouble. */
export class Network {
  /** Of a hundred requests, so many are lost on the way there, and so many answers on the way back. */
  lostRequests = 0
  lostReplies = 0
  /** And so many arrive after their sender was told that they are lost, this much later at most. */
  lateRequests = 0
  slowMs: Ms = 0
  /** The machine has died: nothing leaves any more, and no answer is noticed. */
  isDead = false
  readonly #clock: MachineClock
  readonly #base: Clock
  readonly #random: Random
  readonly #ledger: Ledger

  constructor({ clock, base, random, ledger }: NetworkParts) {
    this.#clock = clock
    this.#base = base
    this.#random = random
    this.#ledger = ledger
  }

  /** The store as that machine reaches it. */
  to(store: PullConnector): PullConnector {
    const trip = <T>(call: () => Promise<T>) => this.#trip(call)
    return {
      name: store.name,
      wire: store.wire,
      resolutionMs: store.resolutionMs,
      open: () => trip(() => store.open()),
      close: () => store.close(),
      push: (batch) => trip(() => store.push(batch)),
      reserve: (request) =>
        trip(async () => {
          const reserved = await store.reserve(request)
          for (const each of reserved) this.#ledger.delivered(each)
          return reserved
        }),
      settle: (batch) => trip(() => this.#settle(store, batch)),
      touch: (batch, expireMs) => trip(() => store.touch(batch, expireMs)),
      size: (queue) => trip(() => store.size(queue)),
      clear: (queue) => trip(() => store.clear(queue)),
      wait: (queues, timeoutMs, signal) => this.#noticed(store.wait!(queues, timeoutMs, signal)),
      isTransient: (error) => store.isTransient(error),
      failed: store.failed,
      cache: {
        ...store.cache,
        get: (key) => trip(() => store.cache.get(key)),
      },
    }
  }

  /** The same of a store for what comes out of a table. */
  toOutbox(store: OutboxStore): OutboxStore {
    return {
      place: store.place,
      nextTerm: (above) => this.#trip(() => store.nextTerm(above)),
      take: (queue, jobs, term) => this.#trip(() => store.take(queue, jobs, term)),
      forget: (queue, marks, floor) => this.#trip(() => store.forget(queue, marks, floor)),
      marks: (beginning) => this.#trip(() => store.marks(beginning)),
    }
  }

  /** A database as that machine reaches it: a transaction, whose steps its client takes, is lost as a whole, before it or with the answer to its COMMIT. */
  toDatabase(database: CountedDatabase): PackedDatabase {
    const trip = <T>(use: (database: PackedDatabase) => Promise<T>, mayBeLate = true) =>
      this.#trip(() => database.call(use), mayBeLate)
    return {
      location: database.location,
      isEmpty: false,
      reopened: 0,
      locate: () => trip((real) => real.locate()),
      query: <Row>(sql: string, params?: readonly SqlValue[]) => trip((real) => real.query<Row>(sql, params)),
      execute: (sql, params) => trip((real) => real.execute(sql, params)),
      transaction: (fn, options) => trip((real) => real.transaction(fn, options), false),
      stream: () => {
        throw new Error('nobody streams here')
      },
      close: async () => undefined,
    }
  }

  async #settle(store: PullConnector, batch: readonly Settlement[]): Promise<readonly Settlement[]> {
    const refused = await store.settle(batch)
    for (const each of batch) if (!refused.includes(each)) this.#ledger.accepted(each)
    return refused
  }

  /** A dead machine's requests that left are carried out all the same, and nobody hears of it. */
  async #trip<T>(call: () => Promise<T>, mayBeLate = true): Promise<T> {
    if (this.isDead) return never()
    if (this.slowMs > 0) await this.#clock.sleep(this.#random(this.slowMs))
    if (this.#random(100) < this.lostRequests) {
      await this.#clock.sleep(this.#random(2_000))
      throw lost()
    }
    if (mayBeLate && this.#random(100) < this.lateRequests) {
      this.#base.after(this.#random(slowestMs), () => void call().catch(() => undefined))
      await this.#clock.sleep(this.#random(2_000))
      throw lost()
    }
    const isReplyLost = this.#random(100) < this.lostReplies
    const answer = await this.#noticed(call())
    if (!isReplyLost) return answer
    await this.#clock.sleep(this.#random(2_000))
    throw lost()
  }

  async #noticed<T>(answer: Promise<T>): Promise<T> {
    const value = await answer
    await this.#clock.thawed()
    return this.isDead ? never() : value
  }
}
