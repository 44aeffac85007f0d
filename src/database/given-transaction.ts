import { QueueError } from '../contract/errors.ts'
import type { SqlValue } from './database.ts'

/** A transaction that somebody gave, whichever library it is of. */
export interface GivenTransaction {
  /** Answers what that library answers. */
  readonly execute: (sql: string, params: SqlValue[]) => Promise<unknown>
  /** Where it is, as our own transactions and an adapter may say; undefined: it must be asked. */
  readonly location: string | undefined
  /** Calls back once it has committed; undefined: it tells nobody. */
  readonly afterCommit: ((fn: () => void) => void) | undefined
}

type Given = { readonly [Name in Member]?: unknown }
type Member = 'execute' | 'promise' | 'afterCommit' | 'location' | 'getConnection' | 'transaction'

const adapters =
  'docs/redis.md#transactions-of-other-libraries has a line for each of Knex, Drizzle, Kysely, TypeORM and Prisma'

/**
 * Ours, a connection of mysql2 with promises or callbacks, or anything with `execute(sql, params)`. Throws a `QueueError` for what
 * is no transaction.
 */
export function givenTransaction(tx: unknown): GivenTransaction {
  const given = (tx ?? {}) as Given
  const { execute, promise, afterCommit, location } = given
  if (isWhole(given))
    throw unusable('is a pool or a database, whose statements commit by themselves; give it the transaction')
  if (typeof execute !== 'function') throw unusable(`has no execute(sql, params); ${adapters}`)
  // A connection of mysql2 that calls back gives one that promises.
  if (typeof promise === 'function') return givenTransaction(promise.call(tx))
  return {
    execute: async (sql, params) => execute.call(tx, sql, params),
    location: typeof location === 'string' ? location : undefined,
    afterCommit: typeof afterCommit === 'function' ? (fn) => afterCommit.call(tx, fn) : undefined,
  }
}

/** A pool of mysql2, or a database of ours. */
function isWhole({ getConnection, transaction, location }: Given): boolean {
  return (
    typeof getConnection === 'function' || (typeof transaction === 'function' && typeof location === 'string')
  )
}

function unusable(why: string): QueueError {
  return new QueueError('TX_UNUSABLE', `tx: what was given ${why}`)
}
