import type {
  Cache,
  ConnectorFactory,
  Envelope,
  FailedJobs,
  PullConnector,
  QueueSize,
  Reservation,
  ReserveRequest,
  Settlement,
} from '../../contract/connector.ts'
import { StoreError } from '../../contract/errors.ts'
import type { Roster } from '../../contract/roster.ts'
import type { Clock, Ms } from '../../contract/time.ts'
import { memoryCache } from './cache.ts'
import { memoryFailedJobs } from './failed-jobs.ts'
import { memoryRoster } from './roster.ts'
import { MemoryStore } from './store.ts'

type MemoryClock = Pick<Clock, 'wall' | 'after'>

export interface MemoryOptions {
  /** Shared by connectors that are to see the same jobs; default: one of its own. */
  readonly store?: MemoryStore
  /** Recorded with failed jobs. */
  readonly connection?: string
  /** For tests and simulations; default: the machine's. */
  readonly clock?: MemoryClock
}

const machineClock: MemoryClock = {
  wall: () => Date.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, Math.min(delayMs, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}

const none: readonly never[] = []

/** Jobs in this process's memory: gone when it ends. For tests, and the reference of the contract. */
export class MemoryConnector implements PullConnector {
  readonly name = 'memory'
  readonly wire = 'row'
  readonly resolutionMs = 1
  readonly failed: FailedJobs
  readonly cache: Cache
  readonly roster: Roster
  readonly #store: MemoryStore
  readonly #clock: MemoryClock
  readonly #connection: string
  readonly #waiting = new Set<() => void>()
  #closed = false

  constructor({
    store = new MemoryStore(),
    clock = machineClock,
    connection = 'memory',
  }: MemoryOptions = {}) {
    this.#store = store
    this.#clock = clock
    this.#connection = connection
    this.failed = memoryFailedJobs(store, (now) => this.#time(now))
    this.cache = memoryCache(store, (now) => this.#time(now))
    this.roster = memoryRoster(store, (now) => this.#time(now))
  }

  async open(): Promise<void> {
    this.#time()
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const end of this.#waiting) end()
  }

  async push(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    const time = this.#time(now)
    for (const envelope of batch) this.#store.add(envelope, time)
    return batch.map((envelope) => envelope.id)
  }

  async reserve(request: ReserveRequest): Promise<readonly Reservation[]> {
    return this.#reserve(request, this.#time(request.now))
  }

  async settle(batch: readonly Settlement[], now?: Ms): Promise<readonly Settlement[]> {
    return this.#settle(batch, this.#time(now))
  }

  async exchange(batch: readonly Settlement[], request: ReserveRequest) {
    const now = this.#time(request.now)
    return { refused: this.#settle(batch, now), reserved: this.#reserve(request, now) }
  }

  async touch(batch: readonly Reservation[], expireMs: Ms | null, now?: Ms): Promise<readonly Reservation[]> {
    const time = this.#time(now)
    return batch.filter((reservation) => !this.#store.touch(reservation, expireMs, time))
  }

  async size(queue: string, now?: Ms): Promise<QueueSize> {
    const time = this.#time(now)
    const { ready, delayed, reserved } = this.#store.lane(queue)
    const due = delayed.countDue(time)
    const oldestAt = Math.min(ready.peek()?.dueAt ?? Infinity, delayed.peek()?.dueAt ?? Infinity)
    return {
      ready: ready.size + due,
      delayed: delayed.size - due,
      reserved: reserved.size,
      failed: [...this.#store.failed.values()].filter((job) => job.queue === queue).length,
      oldestMs: oldestAt > time ? null : time - oldestAt,
    }
  }

  async clear(queue: string): Promise<number> {
    this.#time()
    return this.#store.clear(queue)
  }

  async wait(queues: readonly string[], timeoutMs: Ms, signal: AbortSignal): Promise<readonly Reservation[]> {
    const dueAt = this.#store.nextDueAt(queues)
    const waitMs = Math.min(timeoutMs, dueAt - this.#time())
    if (signal.aborted || waitMs <= 0) return none
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        forget()
        this.#waiting.delete(end)
        signal.removeEventListener('abort', end)
        resolve(none)
      }
      const cancel = this.#clock.after(waitMs, end)
      const forget = this.#store.onArrival(() => this.#store.nextDueAt(queues) < dueAt && end())
      this.#waiting.add(end)
      signal.addEventListener('abort', end)
    })
  }

  isTransient(error: unknown): boolean {
    return error instanceof StoreError && error.transient
  }

  #reserve(request: ReserveRequest, now: Ms): readonly Reservation[] {
    const reserved: Reservation[] = []
    this.#store.reserve(request, now, reserved)
    return reserved
  }

  #settle(batch: readonly Settlement[], now: Ms): readonly Settlement[] {
    let refused: Settlement[] | undefined
    for (const settlement of batch) {
      if (this.#store.settle(settlement, now, this.#connection)) continue
      refused ??= []
      refused.push(settlement)
    }
    return refused ?? none
  }

  #time(now?: Ms): Ms {
    if (this.#closed)
      throw new StoreError('this memory connector was closed', { transient: false, code: 'CLOSED' })
    return now ?? this.#clock.wall()
  }
}

/** The factory behind `connector: 'memory'`. */
export const memoryConnector: ConnectorFactory<MemoryOptions> = (options, { connection }) =>
  new MemoryConnector({ ...options, connection })
