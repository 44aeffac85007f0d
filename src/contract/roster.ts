import type { Ms } from './time.ts'

/** What a worker keeps in the store about itself. */
export interface RosterEntry {
  readonly id: string
  readonly text: string
  /** Since it was noted, by the store's clock. */
  readonly ageMs: Ms
}

/** Who works on a store: texts that are gone unless they are noted again in time. */
export interface Roster {
  /** Notes a text, in place of the one before; it stays for `ttlMs`. */
  note(id: string, text: string, ttlMs: Ms, now?: Ms): Promise<void>
  /** Removes it at once; nothing happens where there is none. */
  leave(id: string, now?: Ms): Promise<void>
  /** All whose time is not over, in no order. */
  all(now?: Ms): Promise<readonly RosterEntry[]>
}
