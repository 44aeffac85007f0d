import type {
  Envelope,
  FailedJob,
  Reservation,
  ReserveRequest,
  Settlement,
} from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { DueHeap } from './due-heap.ts'
import { Fifo } from './fifo.ts'

/** One job at rest or under way. */
interface Stored {
  readonly id: string
  readonly queue: string
  readonly body: string
  readonly serial: number
  attempts: number
  dueAt: Ms
  /** When the present lease ends; Infinity: never. */
  leaseEndsAt: Ms
}

/** The jobs of one queue. */
interface Lane {
  readonly ready: Fifo<Stored>
  readonly delayed: DueHeap<Stored>
  readonly reserved: Map<string, Stored>
  /** No lease of this queue ends before it, so that a reserve need not look. */
  earliestEndAt: Ms
}

type NewJob = Pick<Envelope, 'id' | 'queue' | 'body' | 'delayMs'>

/** The state behind memory connectors, and the reference that other stores are judged by. */
export class MemoryStore {
  readonly failed = new Map<string, FailedJob & { readonly jobId: string }>()
  readonly values = new Map<string, { readonly value: string; readonly endsAt: Ms }>()
  readonly workers = new Map<string, { readonly text: string; readonly at: Ms; readonly endsAt: Ms }>()
  readonly #lanes = new Map<string, Lane>()
  readonly #wakers = new Set<() => void>()
  #serial = 0

  /** `wake` is called on every arrival, until the answer is called. */
  onArrival(wake: () => void): () => void {
    this.#wakers.add(wake)
    return () => this.#wakers.delete(wake)
  }

  add({ id, queue, body, delayMs }: NewJob, now: Ms): void {
    const dueAt = now + delayMs
    const job = { id, queue, body, serial: ++this.#serial, attempts: 0, dueAt, leaseEndsAt: Infinity }
    this.#line(this.lane(queue), job, now)
  }

  reserve(request: ReserveRequest, now: Ms, into: Reservation[]): void {
    for (const queue of request.queues) {
      const lane = this.#lanes.get(queue)
      if (lane === undefined) continue
      this.#migrate(lane, now)
      while (into.length < request.limit) {
        const job = lane.ready.take()
        if (job === undefined) break
        into.push(this.#deliver(lane, job, request.expireMs, now))
      }
      if (into.length >= request.limit) return
    }
  }

  /** False when the delivery is no longer the settler's. */
  settle(settlement: Settlement, now: Ms, connection: string): boolean {
    const { queue, receipt } = settlement.reservation
    const lane = this.#lanes.get(queue)
    const job = lane?.reserved.get(receipt)
    if (lane === undefined || job === undefined) return false
    lane.reserved.delete(receipt)
    if (settlement.kind === 'release')
      this.#release(lane, job, now + settlement.delayMs, settlement.spend, now)
    else if (settlement.kind === 'bury') this.#bury(job, settlement.reason, connection, now)
    return true
  }

  touch(reservation: Reservation, expireMs: Ms | null, now: Ms): boolean {
    const lane = this.#lanes.get(reservation.queue)
    const job = lane?.reserved.get(reservation.receipt)
    if (lane === undefined || job === undefined) return false
    job.leaseEndsAt = leaseEnd(expireMs, now)
    lane.earliestEndAt = Math.min(lane.earliestEndAt, job.leaseEndsAt)
    return true
  }

  /** Puts a failed job back as new; false when it is not there. */
  retry(id: string, now: Ms): boolean {
    const failed = this.failed.get(id)
    if (failed === undefined) return false
    this.failed.delete(id)
    this.add({ id: failed.jobId, queue: failed.queue, body: failed.body, delayMs: 0 }, now)
    return true
  }

  clear(queue: string): number {
    const lane = this.lane(queue)
    const removed = lane.ready.size + lane.delayed.size
    lane.ready.clear()
    lane.delayed.clear()
    return removed
  }

  lane(queue: string): Lane {
    let lane = this.#lanes.get(queue)
    if (lane === undefined) {
      lane = { ready: new Fifo(), delayed: new DueHeap(), reserved: new Map(), earliestEndAt: Infinity }
      this.#lanes.set(queue, lane)
    }
    return lane
  }

  /** When these queues next have something to reserve, ms since the epoch; Infinity: not known. */
  nextDueAt(queues: readonly string[]): Ms {
    let next = Infinity
    for (const queue of queues) {
      const lane = this.#lanes.get(queue)
      if (lane === undefined) continue
      if (lane.ready.size > 0) return 0
      next = Math.min(next, lane.delayed.peek()?.dueAt ?? Infinity, lane.earliestEndAt)
    }
    return next
  }

  #line(lane: Lane, job: Stored, now: Ms): void {
    if (job.dueAt > now) lane.delayed.add(job)
    else lane.ready.add(job)
    for (const wake of this.#wakers) wake()
  }

  #deliver(lane: Lane, job: Stored, expireMs: Ms | null, now: Ms): Reservation {
    job.leaseEndsAt = leaseEnd(expireMs, now)
    if (job.leaseEndsAt < lane.earliestEndAt) lane.earliestEndAt = job.leaseEndsAt
    const receipt = String(++this.#serial)
    lane.reserved.set(receipt, job)
    return { id: job.id, queue: job.queue, body: job.body, attempts: job.attempts + 1, receipt }
  }

  /** Delayed jobs that fell due and leases that ended, into the line. */
  #migrate(lane: Lane, now: Ms): void {
    for (
      let next = lane.delayed.peek();
      next !== undefined && next.dueAt <= now;
      next = lane.delayed.peek()
    ) {
      lane.delayed.take()
      lane.ready.add(next)
    }
    if (lane.earliestEndAt > now) return
    lane.earliestEndAt = Infinity
    for (const [receipt, job] of lane.reserved) {
      if (job.leaseEndsAt > now) lane.earliestEndAt = Math.min(lane.earliestEndAt, job.leaseEndsAt)
      else {
        lane.reserved.delete(receipt)
        this.#release(lane, job, now, true, now)
      }
    }
  }

  #release(lane: Lane, job: Stored, dueAt: Ms, spend: boolean, now: Ms): void {
    if (spend) job.attempts++
    job.dueAt = dueAt
    this.#line(lane, job, now)
  }

  #bury({ id: jobId, queue, body }: Stored, reason: string, connection: string, now: Ms): void {
    const id = String(++this.#serial)
    this.failed.set(id, { id, jobId, connection, queue, body, reason, failedAt: now })
  }
}

function leaseEnd(expireMs: Ms | null, now: Ms): Ms {
  return expireMs === null ? Infinity : now + expireMs
}
