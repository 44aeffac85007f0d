import type { EffectLedger } from '../../contract/effects.ts'
import { QueueError } from '../../contract/errors.ts'
import { databaseBeside } from '../beside.ts'
import type { Database, Executor } from '../database.ts'
import { rowsIn } from '../foreign-rows.ts'
import { executorOf } from '../given-executor.ts'
import { type GivenTransaction, givenTransaction } from '../given-transaction.ts'
import { isOnServer, isOwnTransaction } from '../own-transaction.ts'
import { whereabouts } from '../whereabouts.ts'
import { type EffectSql, mysqlEffects, sqliteEffects } from './effect-sql.ts'
import { SqlLedger } from './sql-ledger.ts'

/** Where effects are noted whose jobs are kept elsewhere. */
export interface EffectsPlace {
  /** Before the table's name. */
  readonly prefix: string
  /** The application's database, as far as the configuration names it. */
  readonly database: Database
}

/** The table of effects there. */
export interface EffectsTable {
  readonly name: string
  /** DDL, for people. */
  readonly schema: string
  create(): Promise<void>
}

export function effectsTable(place: EffectsPlace): EffectsTable {
  const { database } = place
  const name = tableOf(place)
  const { schema } = isOnServer(database.location) ? mysqlEffects(name) : sqliteEffects(name)
  return {
    name,
    schema: schema.map((sql) => `${sql};\n`).join(''),
    async create() {
      for (const sql of schema) await database.execute(sql)
    },
  }
}

function tableOf(place: EffectsPlace | undefined): string {
  return `${place?.prefix ?? ''}queue_once`
}

/** A transaction, and what is known of where it is. */
interface Found {
  readonly executor: Executor
  readonly isOnServer: boolean
  /** The same database outside the transaction; undefined: nobody knows a way. */
  readonly beside: Database | undefined
}

/**
 * The ledger in the database of a transaction, whose jobs are kept elsewhere. Rejects with `QueueError`: `TX_UNUSABLE` for what is no
 * transaction, `TX_UNKNOWN` where its database cannot be told.
 */
export async function effectsIn(tx: unknown, place?: EffectsPlace): Promise<EffectLedger> {
  const { executor, isOnServer: isMysql, beside } = await found(tx, place?.database)
  const table = tableOf(place)
  const sql = isMysql ? mysqlEffects(table) : sqliteEffects(table)
  const ready = isMysql ? () => onServer(executor, beside, table, sql) : () => inFile(executor, sql)
  const aside = beside === undefined ? undefined : new SqlLedger(async () => beside, sql)
  return new SqlLedger(ready, sql, aside)
}

async function found(tx: unknown, known: Database | undefined): Promise<Found> {
  if (isOwnTransaction(tx))
    return { executor: tx, isOnServer: isOnServer(tx.location), beside: databaseBeside(tx) }
  const given = givenTransaction(tx)
  const isMysql = given.location === undefined ? await isMysqlIn(given) : isOnServer(given.location)
  return { executor: executorOf(given, isMysql), isOnServer: isMysql, beside: await besideOf(given, known) }
}

/** To SQLite a text is no number; to MySQL they are equal. */
async function isMysqlIn({ execute }: GivenTransaction): Promise<boolean> {
  const [row] = rowsIn(await execute("SELECT '1' = 1 AS same", [])) ?? []
  if (row?.same !== undefined) return Number(row.same) === 1
  throw new QueueError(
    'TX_UNKNOWN',
    'onceIn: what database tx is in could not be told: execute answered no rows to a SELECT. Let it answer as its library does (rows, [rows, fields] or { rows })',
  )
}

async function besideOf(given: GivenTransaction, known: Database | undefined): Promise<Database | undefined> {
  if (known === undefined) return undefined
  const location = await known.locate()
  return (await whereabouts(given, location)) === location ? known : undefined
}

async function inFile(executor: Executor, sql: EffectSql): Promise<Executor> {
  for (const statement of sql.schema) await executor.execute(statement)
  return executor
}

/** DDL would commit the transaction it is in, so the table is made beside it where there is a way. */
async function onServer(
  executor: Executor,
  beside: Database | undefined,
  table: string,
  sql: EffectSql,
): Promise<Executor> {
  const there = await executor.query(
    'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
    [table],
  )
  if (there.length > 0) return executor
  try {
    if (beside === undefined) throw new Error('no other connection to this database is known')
    for (const statement of sql.schema) await beside.execute(statement)
  } catch (cause) {
    throw new QueueError(
      'ONCE_TABLE',
      `onceIn: the database of this transaction has no table ${table}, and it could not be made (${(cause as Error).message}); run this first:\n${sql.schema[0]};`,
      { cause },
    )
  }
  return executor
}
