import type { Database, Transaction } from '../../database/database.ts'

/** `tx` if it is a transaction of `createDatabase`, by whichever copy of this package, on that very database; else null. */
export async function ownTransaction(database: Database, tx: unknown): Promise<Transaction | null> {
  if (!isTransaction(tx)) return null
  const { location } = tx
  if (location === database.location) return tx
  // Which one a server is, only the server can say: it is asked where that may be the answer.
  const mayBe = isOnServer(location) && isOnServer(database.location)
  return mayBe && location === (await database.locate()) ? tx : null
}

function isOnServer(location: string): boolean {
  return location.startsWith('mysql:')
}

function isTransaction(tx: unknown): tx is Transaction {
  const { location, query, execute, afterCommit } = (tx ?? {}) as Partial<Transaction>
  return (
    typeof location === 'string' &&
    [query, execute, afterCommit].every((method) => typeof method === 'function')
  )
}
