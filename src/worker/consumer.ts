import type { PullConnector, Reservation } from '../contract/connector.ts'
import type { RetryPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { JobWatch } from '../contract/watch.ts'
import type { Emitter } from '../emitter.ts'
import { Brake } from './brake.ts'
import { IdleWait } from './idle-wait.ts'
import type { Batch, Settler } from './settler.ts'
import { startAll, type Took } from './start-all.ts'

interface ConsumerParts {
  readonly clock: Clock
  readonly emitter: Emitter
  readonly connector: PullConnector
  readonly settler: Settler
  readonly expireMs: Ms | null
  /** Take from paused queues too. */
  readonly force: boolean
  /** The longest wait when nothing is there. */
  readonly sleepMs: Ms
  /** The queues to take from now, by preference; none while all are paused. */
  readonly queues: () => readonly string[]
  /** How many jobs may be taken, those included that were asked for and have not come. */
  readonly free: () => number
  /** Its lease began no earlier than `reservedAt`, monotonic ms. */
  readonly start: (reservation: Reservation, reservedAt: Ms, watched: number) => void
  readonly watch: JobWatch
  readonly took?: Took | undefined
  /** There is nothing to be had: nothing is due, nothing is under way, or every queue is paused. */
  readonly empty: () => void
  /** Calls for another turn. */
  readonly wake: () => void
  readonly retry?: RetryPolicy
}

/** What one round trip does. */
interface Trade {
  readonly batch: Batch | undefined
  readonly queues: readonly string[]
  readonly limit: number
}

const nothing: readonly never[] = []

/** Round trips that share the free slots are not made smaller: what each costs besides its jobs would outweigh the overlap. */
const leastShare = 50

/** The loop's one step: settle what waits, fill what is free; a store that is lost is braked for and tried for ever. */
export class Consumer {
  readonly #parts: ConsumerParts
  readonly #brake: Brake
  readonly #idle: IdleWait
  readonly #cycles: number
  #reservedAt: Ms | undefined
  #underWay = 0
  /** Jobs asked for that have not come. */
  #requested = 0
  /** The last reserve brought all it was asked for. */
  #isPlentiful = false

  constructor(parts: ConsumerParts) {
    this.#parts = parts
    const { connector, clock, emitter, sleepMs, start, watch, took, wake } = parts
    this.#brake = new Brake(parts)
    const answered = () => {
      this.#reservedAt = clock.monotonic()
    }
    this.#idle = new IdleWait({
      connector,
      clock,
      emitter,
      sleepMs,
      start,
      watch,
      took,
      wake,
      brake: this.#brake,
      answered,
    })
    this.#cycles = Math.max(1, connector.cycles ?? 1)
  }

  /** Begins what can be begun; answers how long to rest before the next turn, unless woken. */
  turn(): Ms {
    const brakeMs = this.#brake.leftMs
    if (brakeMs > 0) return brakeMs
    while (this.#underWay < this.#cycles && this.#begin());
    return Infinity
  }

  /** When the store was last asked for jobs and answered; undefined: never. */
  get reservedAt(): Ms | undefined {
    return this.#reservedAt
  }

  /** Whether jobs or answers may still come by themselves. */
  get isBusy(): boolean {
    return this.#idle.isOn || this.#underWay > 0
  }

  /** Ends the wait under way, so that what it reserved is started or given back. */
  interrupt(): Promise<void> {
    return this.#idle.end()
  }

  /** The store is said to be back: it is asked at once. */
  release(): void {
    this.#brake.release()
    this.#parts.wake()
  }

  /** False when there was nothing to do. */
  #begin(): boolean {
    const { settler, queues, empty } = this.#parts
    const limit = this.#wanted()
    const asked = limit > 0 ? queues() : nothing
    const batch = settler.take()
    if (asked.length === 0 && batch === undefined) {
      if (limit > 0 && this.#underWay === 0) empty()
      return false
    }
    void this.#trade({ batch, queues: asked, limit: asked.length === 0 ? 0 : limit })
    return true
  }

  /** How many jobs to ask for now: a second reserve at once is for a store that has plenty, and both have their share. */
  #wanted(): number {
    if (this.#idle.isOn || this.#parts.settler.isProbing) return 0
    if (this.#requested > 0 && !this.#isPlentiful) return 0
    const free = this.#parts.free()
    if (free <= this.#requested) return 0
    const share = this.#isPlentiful ? Math.max(Math.ceil(free / this.#cycles), leastShare) : free
    return Math.min(share, free - this.#requested)
  }

  async #trade(trade: Trade): Promise<void> {
    const { epoch } = this.#brake
    const at = this.#parts.clock.monotonic()
    this.#underWay++
    this.#requested += trade.limit
    let reserved: readonly Reservation[] | undefined
    let problem: unknown
    try {
      reserved = await this.#exchange(trade)
    } catch (error) {
      problem = error
    }
    // In the tick in which what it brought is started: between the two the worker would seem to have nothing left to do.
    this.#underWay--
    this.#requested -= trade.limit
    if (reserved === undefined) this.#failed(trade, problem, epoch)
    else {
      this.#brake.answered(epoch)
      if (trade.limit > 0) this.#reservedAt = this.#parts.clock.monotonic()
      startAll(reserved, at, this.#parts)
      if (trade.limit > 0) this.#took(reserved.length, trade.limit)
    }
    this.#parts.wake()
  }

  #failed({ batch, queues, limit }: Trade, error: unknown, epoch: number): void {
    const { settler, connector, took } = this.#parts
    if (took !== undefined && limit > 0) for (const queue of queues) took(queue, limit)
    if (batch !== undefined) settler.giveBack(batch, error, connector.isTransient(error))
    this.#brake.failed(error, epoch)
  }

  /** Settles the batch and answers what could be reserved. */
  async #exchange({ batch, queues, limit }: Trade): Promise<readonly Reservation[]> {
    const { connector, settler, expireMs, force } = this.#parts
    const request = force ? { queues, limit, expireMs, force } : { queues, limit, expireMs }
    if (batch === undefined) return connector.reserve(request)
    if (limit > 0 && connector.exchange) {
      const { refused, reserved } = await connector.exchange(batch.settlements, request)
      settler.confirm(batch, refused)
      return reserved
    }
    settler.confirm(batch, await connector.settle(batch.settlements))
    return limit === 0 ? nothing : connector.reserve(request)
  }

  /** What else to do after a reserve: wait, if there was less than was asked for and nothing under way can bring more. */
  #took(count: number, limit: number): void {
    const { settler, empty, free, queues, expireMs, force } = this.#parts
    this.#isPlentiful = count === limit
    if (count === limit || this.#underWay > 0 || settler.hasWaiting) return
    if (count === 0) empty()
    const room = free()
    const asked = room > 0 ? queues() : nothing
    if (asked.length > 0) this.#idle.begin(asked, { limit: room, expireMs, force })
  }
}
