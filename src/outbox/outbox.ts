import { createHash, randomBytes } from 'node:crypto'
import type { Envelope } from '../contract/connector.ts'
import type { Outbox, OutboxStore } from '../contract/outbox.ts'
import type { Clock } from '../contract/time.ts'
import { givenTransaction } from '../database/given-transaction.ts'
import { whereabouts } from '../database/whereabouts.ts'
import { CommitWatch } from './commit-watch.ts'
import { Mover } from './mover.ts'
import { type OwnRows, OwnSender } from './own-rows.ts'
import type { OutboxTable } from './table.ts'

export interface OutboxParts {
  readonly table: OutboxTable
  readonly store: OutboxStore
  readonly isTransient: (error: unknown) => boolean
  readonly clock: Clock
}

/** The producer's side: writes jobs into the table by the caller's transaction, and moves them itself once that has committed. */
export class TableOutbox implements Outbox {
  readonly #parts: OutboxParts
  readonly #mover: Mover
  readonly #sender: OwnSender
  readonly #watch: CommitWatch
  #beginning: string | undefined

  constructor(parts: OutboxParts) {
    this.#parts = parts
    this.#mover = new Mover(parts)
    this.#sender = new OwnSender(this.#mover, parts.clock)
    this.#watch = new CommitWatch({ ...parts, committed: (rows) => this.#sender.committed(rows) })
  }

  async pushIn(tx: unknown, batch: readonly Envelope[]): Promise<readonly string[] | null> {
    const theirs = givenTransaction(tx)
    const { table, clock } = this.#parts
    const location = await this.#locate(theirs.location)
    if ((await whereabouts(theirs, location)) !== location) return null
    this.#beginning ??= markBeginning(location, table.name)
    await table.create(theirs.execute)
    const { term } = this.#mover
    // Not waited for: the transaction must not depend on the store. Whoever moves the rows asks again.
    if (term === 0) this.#mover.termAbove(0).catch(() => undefined)
    const rows = batch.map(({ queue, body, delayMs, token }) => {
      const mark = this.#beginning + randomBytes(15).toString('base64url')
      return { mark, queue, body, delayMs, token: token ?? null }
    })
    const own: OwnRows = { rows, term, writtenAt: clock.monotonic() }
    await table.insert(theirs.execute, rows, term)
    if (theirs.afterCommit === undefined) this.#watch.expect(own)
    else theirs.afterCommit(() => this.#sender.committed(own))
    return batch.map(({ id }) => id)
  }

  async close(): Promise<void> {
    this.#watch.stop()
    await this.#sender.settled()
  }

  /** What our database is to be compared with; only a server can say which one it is. */
  async #locate(theirs: string | undefined): Promise<string> {
    const { database } = this.#parts.table
    return database.location === theirs ? theirs : database.locate()
  }
}

/** What the marks of one outbox begin with, wherever they are written. */
export function markBeginning(location: string, table: string): string {
  return `${createHash('sha256').update(`${location} ${table}`).digest('base64url').slice(0, 12)}:`
}
