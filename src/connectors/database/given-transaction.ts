import type { Executor, PackedDatabase, Transaction } from '../../database/database.ts'
import { executorOf } from '../../database/given-executor.ts'
import { type GivenTransaction, givenTransaction } from '../../database/given-transaction.ts'
import { isOnServer, isOwnTransaction } from '../../database/own-transaction.ts'
import { whereabouts } from '../../database/whereabouts.ts'
import { ownTransaction } from './own-transaction.ts'

/** A transaction on the connector's own database. */
export type JobsTransaction = Executor & Pick<Transaction, 'location'> & Pick<GivenTransaction, 'afterCommit'>

/** Somebody's transaction, if it is on that very database; else null. Throws a `QueueError` when nobody can tell. */
export async function transactionOn(
  database: PackedDatabase,
  theirs: unknown,
): Promise<JobsTransaction | null> {
  if (isOwnTransaction(theirs)) return ownTransaction(database, theirs)
  const given = givenTransaction(theirs)
  const location = await database.locate()
  if ((await whereabouts(given, location)) !== location) return null
  return { ...executorOf(given, isOnServer(location)), location, afterCommit: given.afterCommit }
}
