import type { Database, Transaction } from '../../database/database.ts'
import { isOnServer, isOwnTransaction } from '../../database/own-transaction.ts'

/** `tx` if it is a transaction of `createDatabase` on that very database; else null. */
export async function ownTransaction(database: Database, tx: unknown): Promise<Transaction | null> {
  if (!isOwnTransaction(tx)) return null
  const { location } = tx
  if (location === database.location) return tx
  // Which one a server is, only the server can say: it is asked where that may be the answer.
  const mayBe = isOnServer(location) && isOnServer(database.location)
  return mayBe && location === (await database.locate()) ? tx : null
}
