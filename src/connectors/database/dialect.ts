import type { Reservation } from '../../contract/connector.ts'
import type { Ms, Seconds } from '../../contract/time.ts'
import type { Executor, PackedTransaction } from '../../database/database.ts'
import type { EffectSql } from '../../database/effects/effect-sql.ts'
import type { TableNames } from './options.ts'

/** Jobs that go into the table together: same queue, same due time. */
export interface NewJobs {
  readonly queue: string
  readonly bodies: readonly string[]
  readonly dueAt: Seconds
  readonly createdAt: Seconds
}

/** Tells one push from all others: a number in a slot that no other push under way uses, and that grows in it. */
export interface Mark {
  readonly slot: string
  readonly number: number
}

/** What a look at some queues saw, without a lock. Times are the store's; null: none. */
export interface Outlook {
  readonly nowMs: Ms
  /** When the first waiting job is or was due. */
  readonly dueAt: Seconds | null
  /** When the oldest lease began, for whom leases end; without an index it may be known only that none has ended yet. */
  readonly leasedAt: Seconds | null
}

/** What is reserved in the trip that ends its transaction. */
export interface LastClaim {
  readonly queue: string
  readonly now: Seconds
  readonly reservedAt: Seconds
  /** Leases that began at that time or before have ended; null: leases never do. */
  readonly endedSince: Seconds | null
}

/** A reserved row whose lease ended. */
export interface Expired {
  readonly receipt: string
  /** Deliveries so far. */
  readonly attempts: number
}

/** The column is a byte in MySQL: a row that would reach this is buried instead. */
export const mostAttempts = 255

/**
 * What differs between the databases, for one set of tables. Receipts are those that `claim` gave; others match nothing. Calls
 * made in one tick may become one round trip, in their order.
 */
export interface Dialect {
  readonly names: TableNames
  /** Whether it is reached by a network. */
  readonly isRemote: boolean
  /** DDL of the jobs table and the small ones beside it, for people. */
  readonly jobsSchema: readonly string[]
  readonly failedSchema: readonly string[]
  /** Whether DDL ends the transaction it is in. */
  readonly ddlCommits: boolean
  /** Ends a SELECT whose rows nobody else may change until the transaction is over. */
  readonly forUpdate: string
  /** A name as SQL writes it. */
  quote(name: string): string
  /** SQL for a text column's bytes, for texts that may not be valid in the connection's encoding. */
  bytes(column: string): string
  /** The statement that puts `(name, value, expires_at)` into the cache, whatever was there. */
  readonly putEntry: string
  /** The table of what must not happen twice. */
  readonly effects: EffectSql
  /** Holds an entry of the cache, absent or not, until the transaction is over. */
  lockEntry(tx: Executor, name: string): Promise<void>
  /** Notes behind the last insert of a transaction that it is the one of that mark, where its outcome can be in doubt. */
  mark(tx: PackedTransaction, mark: Mark): Promise<void>
  /**
   * What became of the transaction of that mark, whose last insert was of so many: their ids if it was committed; null if not, and
   * from then on it cannot be. Waits until it is over.
   */
  findOrVoid(tx: PackedTransaction, mark: Mark, count: number): Promise<readonly string[] | null>
  /** Looks at the tables; false when one is missing. */
  inspect(executor: Executor): Promise<boolean>
  /** Creates the tables that are missing. */
  create(executor: Executor): Promise<void>
  /** Adds the indexes that a table made by somebody else lacks. */
  addIndexes(executor: Executor): Promise<void>
  /** The store's time. */
  nowMs(executor: Executor): Promise<Ms>
  /** `expireMs` is how long leases last for whoever asks, and `now` the time that he goes by, if it is not the store's. */
  outlook(executor: Executor, queues: readonly string[], expireMs: Ms | null, now?: Ms): Promise<Outlook>
  /** A figure that changes whenever anybody else commits; null where only the outlook can tell. */
  version(executor: Executor): Promise<number | null>
  /** How long to rest before the next look for what others commit, `looks` after the first, `quietMs` after the last job. */
  restMs(looks: number, quietMs: Ms): Ms
  /** Answers the ids in order. */
  insert(tx: Executor, jobs: NewJobs): Promise<readonly string[]>
  /** The same with the mark, as the last statements of the transaction; null where they are too many for that. */
  insertLast?(tx: PackedTransaction, jobs: NewJobs, mark: Mark): Promise<readonly string[]> | null
  /** Reserves up to `limit` due jobs of a queue, oldest due first; those past `mostAttempts` count as one more than that. */
  claim(
    tx: PackedTransaction,
    queue: string,
    limit: number,
    now: Seconds,
    reservedAt: Seconds,
  ): Promise<Reservation[]>
  /** The same for one job, as the last statements of the transaction; null where leases that ended must be looked for first. */
  claimLast?(tx: PackedTransaction, claim: LastClaim): Promise<readonly Reservation[]> | null
  /** Reserved rows of a queue whose lease began at `since` or before, held until the transaction is over; some, if many. */
  expired(tx: PackedTransaction, queue: string, since: Seconds, now: Seconds): Promise<readonly Expired[]>
  /** Answers the receipts whose job it removed. */
  remove(tx: Executor, receipts: readonly string[]): Promise<ReadonlySet<string>>
  /** The same of one, in a transaction of any library: few answer rows to what is no SELECT. */
  removeOne(tx: Executor, receipt: string): Promise<boolean>
  /** Makes a job free again, due at `dueAt` but later than it was: that keeps receipts unique. False: not ours. */
  release(tx: PackedTransaction, receipt: string, dueAt: Seconds, spend: boolean): Promise<boolean>
  /** Copies the row, byte for byte, to the failed jobs and removes it. False: not ours. */
  bury(tx: PackedTransaction, receipt: string, entry: FailedEntry): Promise<boolean>
  /** Answers the receipts whose lease it renewed. */
  touch(executor: Executor, receipts: readonly string[], reservedAt: Seconds): Promise<ReadonlySet<string>>
}

export interface FailedEntry {
  readonly connection: string
  readonly reason: string
  /** As the table writes it. */
  readonly failTime: string
}
