import type { Transaction } from './database.ts'

/** Whether it is a transaction of `createDatabase`, by whichever copy of this package. */
export function isOwnTransaction(tx: unknown): tx is Transaction {
  const { location, query, execute, afterCommit } = (tx ?? {}) as Partial<Transaction>
  return (
    typeof location === 'string' &&
    [query, execute, afterCommit].every((method) => typeof method === 'function')
  )
}

/** Whether a location is a database on a MySQL server. */
export function isOnServer(location: string): boolean {
  return location.startsWith('mysql:')
}
