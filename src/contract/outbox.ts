import type { Envelope } from './connector.ts'
import type { Ms } from './time.ts'

/** One job on its way out of a table into the store. */
export interface OutboxJob {
  /** Names its row for ever, in every outbox: the store knows by it what it has taken. */
  readonly mark: string
  readonly body: string
  /** What is left of its delay. */
  readonly delayMs: Ms
  /** The id its pusher gave it, by which a second one is known; null: none. */
  readonly token: string | null
}

/**
 * What a store does for those who move jobs into it. A sender has a term; a row it did not insert it claims for its term first.
 * What it sends counts only while no higher floor was set, so that a sender who was thought dead cannot send once more what
 * another has moved and forgotten.
 */
export interface OutboxStore {
  /** What tells its keys from those of others on one server, the same in all processes: a row is for one place. */
  readonly place: string
  /** A term higher than every one before, and than `above`. */
  nextTerm(above: number): Promise<number>
  /** Stores those of a queue's jobs whose mark it does not have, each with its mark. False: the term is over. May be repeated. */
  take(queue: string, jobs: readonly OutboxJob[], term: number): Promise<boolean>
  /** Removes marks whose rows are gone for good; with a floor, lower terms are over for this queue. */
  forget(queue: string, marks: readonly string[], floor: number | null): Promise<void>
  /** Some of the marks it has, for every queue: those that begin so. */
  marks(beginning: string): Promise<ReadonlyMap<string, readonly string[]>>
}

/** Where a push goes whose transaction is in a database and whose store is elsewhere. */
export interface Outbox {
  /** Writes the jobs through `tx` and answers their ids, or null when `tx` is not in the outbox's database. */
  pushIn(tx: unknown, batch: readonly Envelope[]): Promise<readonly string[] | null>
  /** Looks for no more commits, and ends when nothing is under way. */
  close(): Promise<void>
}
