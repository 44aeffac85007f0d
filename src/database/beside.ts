import type { Database, Transaction } from './database.ts'

const databases = new WeakMap<Transaction, Database>()

/** Notes which database a transaction was begun on. */
export function noteDatabase(tx: Transaction, database: Database): void {
  databases.set(tx, database)
}

/** That database, for what cannot be done inside the transaction; undefined: it is of another copy of this package. */
export function databaseBeside(tx: Transaction): Database | undefined {
  return databases.get(tx)
}
