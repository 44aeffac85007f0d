import type { EffectLedger } from './effects.ts'
import type { OutboxStore } from './outbox.ts'
import type { Roster } from './roster.ts'
import type { Ms } from './time.ts'

/** One delivery of a job: ours until it is settled or its lease ends. */
export interface Reservation {
  /** The job's id as a string; in SQL the row's id. */
  readonly id: string
  readonly queue: string
  /** The raw payload text, byte for byte as stored. Never re-encode it. */
  readonly body: string
  /** Deliveries so far, this one included: 1 the first time. */
  readonly attempts: number
  /** Names this delivery, not the job: no two deliveries of one job ever share it, and `touch` does not change it. */
  readonly receipt: string
  /** Why the body cannot be trusted as text (bytes that are no UTF-8): the job is buried unread, with its bytes. */
  readonly damage?: string
}

/** How a delivery ends: a value, fenced by the receipt of its reservation. */
export type Settlement =
  | { readonly kind: 'delete'; readonly reservation: Reservation }
  | {
      readonly kind: 'release'
      readonly reservation: Reservation
      readonly delayMs: Ms
      /** Whether the delivery used up an attempt. */
      readonly spend: boolean
    }
  | { readonly kind: 'bury'; readonly reservation: Reservation; readonly reason: string }

/** One job on its way into a store. */
export interface Envelope {
  /** The id this project gave it (`tq…`, 32 characters). A `row` store answers with its own. */
  readonly id: string
  readonly queue: string
  /** The job's name, for logs; the store keeps only `body`. */
  readonly job: string
  /** The payload text, written by `payload.ts` for the connector's `wire`. */
  readonly body: string
  readonly delayMs: Ms
  /** Makes a repeated push of unknown outcome store the job once, where the store can tell. */
  readonly token?: string
}

export interface ReserveRequest {
  /** In strict order of preference. */
  readonly queues: readonly string[]
  /** At most so many reservations. */
  readonly limit: number
  /** Length of the lease; null: it never ends. */
  readonly expireMs: Ms | null
  /** Take from paused queues too, where the store itself refuses them. */
  readonly force?: boolean
  /** For tests: the time to use instead of the store's clock, ms since the epoch. */
  readonly now?: Ms
}

/** What a wait may reserve in the moment in which something arrives. */
export type TakeRequest = Pick<ReserveRequest, 'limit' | 'expireMs' | 'force'>

export interface QueueSize {
  /** Due and not reserved. */
  readonly ready: number
  readonly delayed: number
  readonly reserved: number
  readonly failed: number
  /** How long the oldest ready job has been due; null: unknown or none. */
  readonly oldestMs: Ms | null
}

/** A job that will not run again until somebody asks for it. */
export interface FailedJob {
  readonly id: string
  readonly connection: string
  readonly queue: string
  /** The raw payload, byte for byte. */
  readonly body: string
  readonly reason: string
  /** Ms since the epoch. */
  readonly failedAt: Ms
}

export interface FailedFilter {
  readonly ids?: readonly string[]
  readonly queue?: string
  /** Only what failed at or before this time, ms since the epoch. */
  readonly before?: Ms
  /** Newest first, at most so many. */
  readonly limit?: number
  /** Only what the list has after this entry, whether or not that is still there: for reading it page by page. */
  readonly after?: Pick<FailedJob, 'id' | 'failedAt'>
}

/** The jobs that were buried. Ids name entries of this list, not the jobs they were. */
export interface FailedJobs {
  all(filter?: FailedFilter): Promise<readonly FailedJob[]>
  /** Back into their queues, due now, attempts anew, bytes kept; atomic for each. Answers the ids it moved. */
  retry(ids: readonly string[], now?: Ms): Promise<readonly string[]>
  /** Removes them for good. Answers how many there were. */
  forget(ids: readonly string[]): Promise<number>
  /** Removes all, or those that failed at or before `before` (ms since the epoch). Answers how many. */
  flush(before?: Ms): Promise<number>
}

/** Small values shared by all who use a store: restart, pause, locks. */
export interface Cache {
  get(key: string, now?: Ms): Promise<string | null>
  set(key: string, value: string, ttlMs?: Ms | null, now?: Ms): Promise<void>
  /** Sets it only if it is absent; true when it did. */
  add(key: string, value: string, ttlMs?: Ms | null, now?: Ms): Promise<boolean>
  /** Adds to an integer, an absent one counting as 0; keeps its time to live. Answers the new value. */
  increment(key: string, by?: number, now?: Ms): Promise<number>
  /** True when it was there. */
  forget(key: string, now?: Ms): Promise<boolean>
  /** A text that changes with every restart, pause and resume, where others than we may signal them; default: `get('control')`. */
  revision?(): Promise<string>
}

/** What a store says unasked. */
export interface StoreNews {
  /** A store that was away can be asked again. */
  up(): void
  /** Somebody restarted, paused or resumed workers. May come more often than that. */
  control(): void
  /** Worth telling the operator: the store came back empty, may evict jobs, … */
  warn(message: string): void
}

/** Where jobs are put. Calls fail fast and reject with the store's own error or one of `errors.ts`; only the worker retries. */
export interface Connector {
  /** The driver: 'redis', 'database', 'memory', 'sync', … */
  readonly name: string
  /** `member`: id and attempts live inside the body (Redis). `row`: only job and data do (SQL). */
  readonly wire: 'member' | 'row'
  /** A delay is rounded up to a multiple of this: Redis 1, SQL 1000. */
  readonly resolutionMs: Ms
  /** Connects, creates what is missing. Safe to call twice. */
  open(): Promise<void>
  /** Lets go of everything; later calls reject. Safe to call twice. */
  close(): Promise<void>
  /** Stores the batch whole or not at all. Answers the ids in the order of the batch. */
  push(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]>
  /** The same through the caller's transaction, or null when `tx` is not on this store. It may come before `open()`. */
  pushIn?(tx: unknown, batch: readonly Envelope[], now?: Ms): Promise<readonly string[] | null>
  /** How jobs get here that a transaction elsewhere has put into a table. */
  readonly outbox?: OutboxStore
  /** Whether an error means the store may be back later (lost connection, busy, read-only) rather than a mistake. */
  isTransient(error: unknown): boolean
}

/** A store that workers reserve from. */
export interface PullConnector extends Connector {
  /**
   * Takes due jobs and jobs whose lease ended (attempts + 1), queues in order of preference. Within a queue undelayed jobs
   * come in the order of their push and delayed ones in the order they fell due; how the two mix is the store's own.
   */
  reserve(request: ReserveRequest): Promise<readonly Reservation[]>
  /** Carries out what is still ours and answers the refused: those whose lease was lost. */
  settle(batch: readonly Settlement[], now?: Ms): Promise<readonly Settlement[]>
  /** Settle and reserve in one round trip; preferred where it exists. */
  exchange?(
    batch: readonly Settlement[],
    request: ReserveRequest,
  ): Promise<{ readonly refused: readonly Settlement[]; readonly reserved: readonly Reservation[] }>
  /** Renews leases to `expireMs` from now; answers the refused. */
  touch(batch: readonly Reservation[], expireMs: Ms | null, now?: Ms): Promise<readonly Reservation[]>
  size(queue: string, now?: Ms): Promise<QueueSize>
  /** Removes every job of a queue that is not reserved. Answers how many. */
  clear(queue: string): Promise<number>
  /**
   * Ends on arrival, at the next due time the connector saw, on a wake-up, at the time-out or when `signal` aborts. What it
   * brings is reserved as `take` says, and without `take` it brings nothing; what it took it brings, when it was aborted too.
   */
  wait?(
    queues: readonly string[],
    timeoutMs: Ms,
    signal: AbortSignal,
    take?: TakeRequest,
  ): Promise<readonly Reservation[]>
  /** Told the whole list of paused queues (`*`: every one) after each change: from then on `reserve` refuses them itself. */
  applyPauses?(paused: readonly string[]): Promise<void>
  /** Brings news until the answer is called. With it, the worker need not ask every second. */
  hear?(news: StoreNews): () => void
  /** How many `reserve`, `settle` and `exchange` may be under way at once; default 1. More keeps a remote store busy. */
  readonly cycles?: number
  /**
   * The least concurrency at which a worker holds quick jobs ahead of its free slots where nobody says how many; default: 2 with more
   * than one cycle, otherwise never.
   */
  readonly fetchesAheadFrom?: number
  /** Where `job.once` notes effects; default: among the shared values of `cache`. */
  readonly effects?: EffectLedger
  /** The ledger inside the caller's transaction, or null when `tx` is not on this store. */
  effectsIn?(tx: unknown): Promise<EffectLedger | null>
  /**
   * Removes a delivery's job in the caller's transaction and calls `committed` when that has committed. False: the lease was lost;
   * null: `tx` is not on this store.
   */
  deleteIn?(tx: unknown, reservation: Reservation, committed: () => void): Promise<boolean | null>
  readonly failed: FailedJobs
  readonly cache: Cache
  /** Where workers say that they are there; without it nobody can list them. */
  readonly roster?: Roster
}

/** What a connector's module is asked for: its own part of the configuration, and what every connector may need. */
export type ConnectorFactory<Options = Record<string, unknown>> = (
  options: Options,
  surroundings: ConnectorSurroundings,
) => Connector | Promise<Connector>

export interface ConnectorSurroundings {
  /** The name of the connection in the configuration. */
  readonly connection: string
  /** Folder that relative paths of the configuration start from. */
  readonly root: string
}

export function isPullConnector(connector: Connector): connector is PullConnector {
  return typeof (connector as Partial<PullConnector>).reserve === 'function'
}
