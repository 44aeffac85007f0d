import type { EffectLedger } from '../../contract/effects.ts'
import { QueueError } from '../../contract/errors.ts'
import type { Executor, Transaction } from '../database.ts'
import { isOnServer, isOwnTransaction } from '../own-transaction.ts'
import { type EffectSql, mysqlEffects, sqliteEffects } from './effect-sql.ts'
import { SqlLedger } from './sql-ledger.ts'

const table = 'queue_once'

/** The ledger in the database of a transaction, whose jobs are kept elsewhere; null when it is no transaction of ours. */
export function effectsIn(tx: unknown): EffectLedger | null {
  if (!isOwnTransaction(tx)) return null
  const sql = isOnServer(tx.location) ? mysqlEffects(table) : sqliteEffects(table)
  return new SqlLedger(() => withTable(tx, sql), sql)
}

async function withTable(tx: Transaction, sql: EffectSql): Promise<Executor> {
  if (!isOnServer(tx.location)) {
    for (const statement of sql.schema) await tx.execute(statement)
    return tx
  }
  // DDL would commit the transaction it is in.
  const there = await tx.query(
    'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
    [table],
  )
  if (there.length > 0) return tx
  throw new QueueError(
    'ONCE_TABLE',
    `onceIn: the database of this transaction has no table ${table}, and MySQL cannot make one inside a transaction; run this first:\n${sql.schema[0]};`,
  )
}
