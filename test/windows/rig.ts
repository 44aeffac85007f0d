import { databaseConnector } from '../../src/connectors/database/index.ts'
import { redisConnector } from '../../src/connectors/redis/index.ts'
import type { Envelope, PullConnector, Reservation, ReserveRequest } from '../../src/contract/connector.ts'
import type { Effect, EffectLedger } from '../../src/contract/effects.ts'
import { databaseOf } from '../../src/database/create.ts'
import { createDatabase, type Database } from '../../src/database/index.ts'
import { CacheLedger } from '../../src/effects/cache-ledger.ts'
import { Mover } from '../../src/outbox/mover.ts'
import { type Execute, OutboxTable } from '../../src/outbox/table.ts'
import { bodyOf } from '../../src/testing/conformance/bodies.ts'
import type { Step } from './boundary.ts'

export type Store = Step['store']

/** A connection as the configuration has it. */
export interface Place {
  readonly connector: 'redis' | 'database'
  readonly url?: string
  readonly dsn?: string
  readonly prefix?: string
  /** The file of an outbox beside a Redis. */
  readonly outbox?: string
}

const minuteMs = 60_000
/** All lengths are longer than any process takes to start, and so is what lies between their ends and a look. */
const leaseMs = 8 * minuteMs
/** So long ago `held` reserved. */
const heldSinceMs = 6 * minuteMs
export const delayMs = 20 * minuteMs
const looks = [
  ['at once', 1_000],
  ['when its lease ends', 5 * minuteMs],
  ['when its new lease ends', 14 * minuteMs],
  ['when its delay ends', 30 * minuteMs],
  ['late', 1_000 * minuteMs],
] as const

/** A store with a few jobs, and what operations and looks at it need. */
export class Rig {
  readonly store: PullConnector
  readonly effect: Effect = { key: 'sms:1', mark: 'this', jobId: '1', digest: 'd', keepMs: null }
  /** What `held` reserved. */
  holding: readonly Reservation[] = []
  /** Ids that `prepare` noted for `run`. */
  kept: readonly string[] = []
  readonly #place: Place
  #database: Database | undefined
  #outbox: OutboxTable | undefined
  #made = 0

  private constructor(store: PullConnector, place: Place) {
    this.store = store
    this.#place = place
  }

  static async open(place: Place): Promise<Rig> {
    const { connector, outbox: _, ...options } = place
    const make = connector === 'redis' ? redisConnector : databaseConnector
    const store = (await make(options, { connection: 'main', root: '/' })) as PullConnector
    await store.open()
    return new Rig(store, place)
  }

  get ledger(): EffectLedger {
    return this.store.effects ?? new CacheLedger(this.store.cache)
  }

  database(): Database {
    this.#database ??= createDatabase(this.#place.dsn!)
    return this.#database
  }

  /** Rows that transactions have left in the outbox. */
  async leave(...names: readonly string[]): Promise<void> {
    const table = this.#outboxTable()
    const rows = names.map((name) => ({ ...this.job(name), mark: `mark of ${name}`, token: null }))
    await table.database.transaction(async (tx) => {
      const execute: Execute = (sql, params) => tx.execute(sql, params)
      await table.create(execute)
      await table.insert(execute, rows, 0)
    })
  }

  /** Moves them as a relay does. */
  async relay(): Promise<void> {
    const table = this.#outboxTable()
    const { store } = this
    const mover = new Mover({ table, store: store.outbox!, isTransient: (error) => store.isTransient(error) })
    await mover.move((await table.look(100, [])) ?? [])
  }

  async close(): Promise<void> {
    await this.#outbox?.database.close()
    await this.#database?.close()
    await this.store.close()
  }

  job(name: string, delayMs = 0, queue = 'default'): Envelope {
    const id = `window${String(++this.#made).padStart(26, '0')}`
    return { id, queue, job: 'J', body: bodyOf(this.store.wire, JSON.stringify(name), id), delayMs }
  }

  push(...names: readonly string[]): Promise<readonly string[]> {
    return this.store.push(names.map((name) => this.job(name)))
  }

  request(limit: number, queues: readonly string[] = ['default']): ReserveRequest {
    return { queues, limit, expireMs: leaseMs }
  }

  reserve(limit: number, queues?: readonly string[], now?: number): Promise<readonly Reservation[]> {
    return this.store.reserve({ ...this.request(limit, queues), ...(now === undefined ? {} : { now }) })
  }

  /** Pushes jobs and reserves them, as if a while ago. */
  async held(...names: readonly string[]): Promise<readonly Reservation[]> {
    const since = Date.now() - heldSinceMs
    await this.store.push(
      names.map((name) => this.job(name)),
      since - minuteMs,
    )
    return this.#holds(names, await this.reserve(names.length, ['default'], since))
  }

  /** The same by the store's own clock. */
  async heldNow(...names: readonly string[]): Promise<readonly Reservation[]> {
    await this.push(...names)
    return this.#holds(names, await this.reserve(names.length))
  }

  touch(): Promise<readonly Reservation[]> {
    return this.store.touch(this.holding, leaseMs)
  }

  keep(ids: readonly string[]): void {
    this.kept = ids
  }

  /** What has become of each job, of the effect, the value and the worker; a job that is there twice is in two states. Takes all jobs out. */
  async look(): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string[]>()
    const saw = (name: string, what: string) => found.set(name, [...(found.get(name) ?? []), what])
    for (const { body } of await this.store.failed.all()) saw(jobIn(body), 'failed')
    const now = Date.now()
    for (const [when, afterMs] of looks)
      for (const { body, attempts, queue } of await this.#drain(now + afterMs))
        saw(jobIn(body), `in ${queue}, free ${when}, delivery ${attempts}`)
    const effect = await this.ledger.note({ ...this.effect, mark: 'look' }, 'started')
    if (effect !== 'new') saw('the effect', effect)
    const value = await this.store.cache.get('value')
    if (value !== null) saw('the value', value)
    for (const { id, text } of await this.store.roster!.all()) saw(`the worker ${id}`, text)
    return new Map([...found].map(([name, states]) => [name, states.sort().join(' and ')]))
  }

  #outboxTable(): OutboxTable {
    this.#outbox ??= new OutboxTable(
      databaseOf({ url: `sqlite:${this.#place.outbox}` }, 'queue'),
      'queue_outbox',
      'main',
    )
    return this.#outbox
  }

  #holds(names: readonly string[], reserved: readonly Reservation[]): readonly Reservation[] {
    if (reserved.length < names.length) throw new Error(`reserved ${reserved.length} of ${names}`)
    this.holding = reserved
    return reserved
  }

  async #drain(now: number): Promise<readonly Reservation[]> {
    const all: Reservation[] = []
    for (;;) {
      const some = await this.reserve(1_000, ['default', 'other'], now)
      if (some.length === 0) return all
      await this.store.settle(
        some.map((reservation) => ({ kind: 'delete', reservation })),
        now,
      )
      all.push(...some)
    }
  }
}

export function jobIn(body: string): string {
  return (JSON.parse(body) as { data: string }).data
}
