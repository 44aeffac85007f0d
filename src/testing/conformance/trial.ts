import assert from 'node:assert/strict'
import type { Envelope, PullConnector, Reservation, Settlement } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { bodyOf } from './bodies.ts'

/** The time of the suite's first step, ms since the epoch. Steps are whole seconds, the coarsest resolution of a store. */
export const startMs: Ms = 1_800_000_000_000
/** The lease that reservations get unless a check says otherwise. */
export const leaseMs: Ms = 60_000
export const dayMs: Ms = 86_400_000

/** One demand, and how to find out whether a store meets it. */
export interface Check {
  readonly name: string
  run(trial: Trial): Promise<void>
}

/** A fresh store and the steps that checks are written in. `atMs` counts from the suite's start. */
export class Trial {
  readonly store: PullConnector
  readonly #connect: ((first: PullConnector) => Promise<PullConnector>) | undefined
  readonly #others: PullConnector[] = []
  #made = 0

  constructor(store: PullConnector, connect?: (first: PullConnector) => Promise<PullConnector>) {
    this.store = store
    this.#connect = connect
  }

  /** Another connection to the same store, where the author of the connector offered one. */
  async other(): Promise<PullConnector> {
    if (this.#connect === undefined) return this.store
    const other = await this.#connect(this.store)
    this.#others.push(other)
    return other
  }

  async end(): Promise<void> {
    for (const each of [...this.#others, this.store]) await each.close()
  }

  /** A job with a fresh id; `data` is JSON text. */
  envelope(queue: string, { data = '{"n":1}', delayMs = 0 } = {}): Envelope {
    const id = `conformance${String(++this.#made).padStart(21, '0')}`
    return { id, queue, job: 'J', body: bodyOf(this.store.wire, data, id), delayMs }
  }

  /** Pushes so many plain jobs; their ids in order. */
  async push(queue: string, count = 1, atMs: Ms = 0): Promise<readonly string[]> {
    const batch = Array.from({ length: count }, () => this.envelope(queue))
    return this.store.push(batch, startMs + atMs)
  }

  /** Pushes one job that is due later; its id. */
  async later(queue: string, delayMs: Ms, atMs: Ms = 0): Promise<string> {
    const [id] = await this.store.push([this.envelope(queue, { delayMs })], startMs + atMs)
    return id!
  }

  /** One call of `reserve`. */
  reserve(
    queues: string | readonly string[],
    atMs: Ms = 0,
    { limit = 10, expireMs = leaseMs as Ms | null } = {},
  ): Promise<readonly Reservation[]> {
    const names = typeof queues === 'string' ? [queues] : queues
    return this.store.reserve({ queues: names, limit, expireMs, now: startMs + atMs })
  }

  /** Reserves one job, which must be there. */
  async one(queue: string, atMs: Ms = 0, expireMs: Ms | null = leaseMs): Promise<Reservation> {
    const [reservation, ...rest] = await this.reserve(queue, atMs, { limit: 1, expireMs })
    assert.ok(
      reservation,
      `a job of '${queue}' should be due ${atMs} ms after the start, but nothing was delivered`,
    )
    assert.equal(rest.length, 0, 'a reserve with limit 1 delivered more than one job')
    return reservation
  }

  /** Reserves until nothing more is delivered, since one call may bring less than its limit. */
  async drain(queues: string | readonly string[], atMs: Ms = 0, limit = 10): Promise<readonly Reservation[]> {
    const all: Reservation[] = []
    for (;;) {
      const some = await this.reserve(queues, atMs, { limit })
      if (some.length === 0) return all
      all.push(...some)
      assert.ok(all.length < 100_000, 'reserve never stopped delivering')
    }
  }

  /** Asserts that nothing is delivered. */
  async nothing(queue: string, atMs: Ms, why: string, expireMs: Ms | null = leaseMs): Promise<void> {
    assert.deepEqual(ids(await this.reserve(queue, atMs, { expireMs })), [], why)
  }

  /** Settles, all of which must be accepted. */
  async settle(batch: Settlement | readonly Settlement[], atMs: Ms = 0): Promise<void> {
    const settlements = 'kind' in batch ? [batch] : batch
    const refused = await this.store.settle(settlements, startMs + atMs)
    assert.deepEqual(named(refused), [], 'these settlements were ours to make, and were refused')
  }

  /** Settles what must be refused. */
  async refused(settlement: Settlement, atMs: Ms, why: string): Promise<void> {
    const refused = await this.store.settle([settlement], startMs + atMs)
    assert.deepEqual(named(refused), named([settlement]), `this settlement should have been refused: ${why}`)
  }

  /** Renews; answers the receipts of the refused. */
  async touch(
    batch: readonly Reservation[],
    atMs: Ms,
    expireMs: Ms | null = leaseMs,
  ): Promise<readonly string[]> {
    const refused = await this.store.touch(batch, expireMs, startMs + atMs)
    return refused.map((each) => each.receipt)
  }

  /** Buries the next job of a queue; the id of its entry in the failed jobs. */
  async buried(queue: string, atMs: Ms = 0, reason = 'it failed'): Promise<string> {
    const before = new Set((await this.store.failed.all()).map((each) => each.id))
    await this.settle(bury(await this.one(queue, atMs), reason), atMs)
    const added = (await this.store.failed.all()).filter((each) => !before.has(each.id))
    assert.equal(added.length, 1, 'burying one job should add one entry to the failed jobs')
    return added[0]!.id
  }
}

export function remove(reservation: Reservation): Settlement {
  return { kind: 'delete', reservation }
}

/** A release that uses up an attempt. */
export function release(reservation: Reservation, delayMs: Ms = 0): Settlement {
  return { kind: 'release', reservation, delayMs, spend: true }
}

/** A release that does not use up an attempt. */
export function giveBack(reservation: Reservation, delayMs: Ms = 0): Settlement {
  return { kind: 'release', reservation, delayMs, spend: false }
}

export function bury(reservation: Reservation, reason = 'it failed'): Settlement {
  return { kind: 'bury', reservation, reason }
}

export function ids(jobs: readonly { readonly id: string }[]): readonly string[] {
  return jobs.map((job) => job.id)
}

export function sorted(texts: readonly string[]): readonly string[] {
  return [...texts].sort()
}

/** Settlements in a form that compares by meaning and prints well. */
export function named(batch: readonly Settlement[]): readonly string[] {
  return sorted(batch.map((each) => `${each.kind} ${each.reservation.id} (${each.reservation.receipt})`))
}
