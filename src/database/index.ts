import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ConfigError } from '../contract/errors.ts'
import type { Database, DatabaseOptions } from './database.ts'
import { SqliteDatabase } from './sqlite/sqlite-database.ts'
import { databaseFile } from './url.ts'

export { StoreError } from '../contract/errors.ts'
export type { Database, DatabaseOptions, Executor, SqlValue, Transaction } from './database.ts'

const defaultBusyMs = 10_000
/** What a timer can hold. */
const longestBusyMs = 2 ** 31 - 1

/**
 * A database by its URL: `sqlite:./queue.sqlite`, `sqlite:/abs/path`, `file:…` or a plain path. The file is opened when first
 * used. Throws ConfigError when the URL is wrong.
 */
export function createDatabase(options: string | DatabaseOptions): Database {
  const {
    url,
    root = process.cwd(),
    busyMs = defaultBusyMs,
  } = typeof options === 'string' ? { url: options } : options
  if (typeof url !== 'string')
    throw new ConfigError('createDatabase: url must be a text such as sqlite:./queue.sqlite')
  if (!(busyMs >= 0 && busyMs <= longestBusyMs))
    throw new ConfigError(`createDatabase: busyMs must be milliseconds, not ${String(busyMs)}`)
  return new SqliteDatabase(trueName(databaseFile(url, root)), busyMs)
}

/** One name for one file, whatever links lead to it: locks and wake-ups go by it. */
function trueName(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    const folder = dirname(file)
    return folder === file ? file : join(trueName(folder), basename(file))
  }
}
