import type { Ms } from './time.ts'

/** What a worker keeps in the store about itself. */
export interface RosterEntry {
  readonly id: string
  readonly text: string
  /** Since it was noted, by the store's clock. */
  readonly ageMs: Ms
}

/** A connection to the server of a store, by what that says. */
export interface StoreConnection {
  readonly id: string
  /** Where from. */
  readonly address: string
  /** Whose it is: a name that it gave itself, or else its user; may be empty. */
  readonly name: string
  /** Whether this package made it; null: nobody can tell. */
  readonly isOurs: boolean | null
  /** What it was asked last, or is asked now; may be empty. */
  readonly command: string
  readonly ageMs: Ms | null
}

export interface StoreConnections {
  readonly seen: readonly StoreConnection[]
  /** False: those of other users may not be seen. */
  readonly isWhole: boolean
}

/** Who works on a store: texts that are gone unless they are noted again in time. */
export interface Roster {
  /** Notes a text, in place of the one before; it stays for `ttlMs`. */
  note(id: string, text: string, ttlMs: Ms, now?: Ms): Promise<void>
  /** Removes it at once; nothing happens where there is none. */
  leave(id: string, now?: Ms): Promise<void>
  /** All whose time is not over, in no order. */
  all(now?: Ms): Promise<readonly RosterEntry[]>
  /** The connections that its server has besides the one that asks; null: they may not be seen, or there is no server. */
  connections?(): Promise<StoreConnections | null>
}
