import type { SqlValue, Transaction } from '../database/database.ts'
import type { Execute } from './table.ts'

/** What a transaction of somebody's is to the outbox. */
export interface Writable {
  readonly execute: Execute
  /** Where it is, as our own transactions say; undefined: nobody can tell. */
  readonly location: string | undefined
  /** Calls back once it has committed; undefined: it tells nobody. */
  readonly afterCommit: ((fn: () => void) => void) | undefined
}

/** Ours, a connection of mysql2 with promises or callbacks, or anything with `execute(sql, params)`; null: none of these. */
export function writable(tx: unknown): Writable | null {
  const { execute, promise, afterCommit, location } = (tx ?? {}) as Partial<Transaction> & {
    readonly promise?: unknown
  }
  if (typeof execute !== 'function') return null
  // A connection of mysql2 that calls back gives one that promises.
  if (typeof promise === 'function') return writable((promise as () => unknown).call(tx))
  const run = execute as (sql: string, params: SqlValue[]) => Promise<unknown>
  return {
    execute: (sql, params) => run.call(tx, sql, params),
    location: typeof location === 'string' ? location : undefined,
    afterCommit: typeof afterCommit === 'function' ? (fn) => afterCommit.call(tx, fn) : undefined,
  }
}
