import type { Executor, PackedDatabase, SqlValue, Transaction } from '../../database/database.ts'
import { insertIdIn, rowsIn } from '../../database/foreign-rows.ts'
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
  return (await whereabouts(given, location)) === location ? executorOf(given, location) : null
}

function executorOf(given: GivenTransaction, location: string): JobsTransaction {
  const run = (sql: string, params: readonly SqlValue[] = []) => given.execute(sql, [...params])
  const query = async <Row>(sql: string, params?: readonly SqlValue[]) =>
    (rowsIn(await run(sql, params)) ?? []) as Row[]
  const lastId = `SELECT ${isOnServer(location) ? 'LAST_INSERT_ID()' : 'last_insert_rowid()'} AS id`
  return {
    location,
    afterCommit: given.afterCommit,
    query,
    async execute(sql, params) {
      const answer = await run(sql, params)
      const insertId = insertIdIn(answer) ?? Number((await query<{ id: unknown }>(lastId))[0]?.id)
      return { insertId, affectedRows: 0 }
    },
  }
}
