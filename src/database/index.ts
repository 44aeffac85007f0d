import { databaseOf } from './create.ts'
import type { Database, DatabaseOptions } from './database.ts'

export { StoreError } from '../contract/errors.ts'
export type {
  Database,
  DatabaseOptions,
  Executor,
  SqlValue,
  Transaction,
  TransactionOptions,
} from './database.ts'
export { isConnectionLost } from './mysql/failures.ts'

/**
 * A database by its URL (`mysql://user:password@host:3306/name`, `sqlite:./queue.sqlite`, a plain path) or its parts. It is
 * opened when first used. Throws ConfigError when they are wrong.
 */
export function createDatabase(options: string | DatabaseOptions): Database {
  return databaseOf(typeof options === 'string' ? { url: options } : options, 'application')
}
