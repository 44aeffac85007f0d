import { realpathSync } from 'node:fs'
import { QueueError } from '../contract/errors.ts'
import { rowsIn } from './foreign-rows.ts'
import type { GivenTransaction } from './given-transaction.ts'
import { isOnServer } from './own-transaction.ts'

/** MySQL has an id for each server; a MariaDB is known by its machine, port and folder. */
const mysqlSql = "SELECT CONCAT('mysql:', @@server_uuid, '/', DATABASE()) AS location"
const mariaDbSql = `SELECT CONCAT('mysql:', @@hostname, ':', @@port, ':', @@datadir, '/', DATABASE()) AS location,
  @@in_transaction AS started, @@autocommit AS autocommit`
const sqliteSql = "SELECT file AS location FROM pragma_database_list WHERE name = 'main'"

/**
 * Where a transaction is, in the words of `location`. It is asked as the database at `ours` would have to be. Throws a `QueueError`
 * when it cannot be told, or when the server says that nothing was begun.
 */
export async function whereabouts(tx: GivenTransaction, ours: string): Promise<string> {
  if (tx.location !== undefined) return tx.location
  const row = await ask(tx, sqlFor(ours))
  if (row.started !== undefined && Number(row.started) === 0 && Number(row.autocommit) === 1)
    throw new QueueError(
      'TX_UNUSABLE',
      'tx: no transaction was begun on what was given, so the job would be there whatever becomes of the rest',
    )
  const location = String(row.location)
  return isOnServer(ours) ? location : trueFile(location)
}

function sqlFor(ours: string): string {
  if (!isOnServer(ours)) return sqliteSql
  return /^mysql:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\//.test(ours) ? mysqlSql : mariaDbSql
}

async function ask(tx: GivenTransaction, sql: string): Promise<Record<string, unknown>> {
  try {
    const [row] = rowsIn(await tx.execute(sql, [])) ?? []
    if (row?.location !== undefined) return row
  } catch (cause) {
    throw unknown(`could not be asked (${(cause as Error).message})`, cause)
  }
  throw unknown('could not be told: execute answered no rows to a SELECT')
}

function unknown(why: string, cause?: unknown): QueueError {
  return new QueueError(
    'TX_UNKNOWN',
    `tx: in which database this transaction is ${why}. It must be the one that the jobs are to be in: let execute answer ` +
      'a SELECT as its library does (rows, [rows, fields] or { rows }), or say it by the property location: await db.locate() of createDatabase',
    { cause },
  )
}

function trueFile(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
