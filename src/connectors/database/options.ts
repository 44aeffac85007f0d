import { ConfigError } from '../../contract/errors.ts'
import type { Seconds } from '../../contract/time.ts'
import type { DatabaseOptions } from '../../database/database.ts'
import { mysqlAddress } from '../../database/mysql/address.ts'
import { databaseFile } from '../../database/url.ts'

/** The part of the configuration that is the database connector's. */
export interface DatabaseConnectorOptions {
  /** `sqlite:./queue.sqlite`, `mysql://user:password@host/name`, or what `createDatabase` takes. */
  readonly dsn?: string | (DatabaseOptions & Record<string, unknown>)
  /** Default `jobs`. */
  readonly table?: string
  /** Put before the name of every table. */
  readonly prefix?: string
  /** Seconds to wait for a connection. */
  readonly timeout?: Seconds
  readonly breakReconnect?: boolean
}

/** The names of the tables, unquoted. */
export interface TableNames {
  readonly jobs: string
  readonly failed: string
  readonly cache: string
  readonly once: string
}

const ownTables = { failed: 'failed_jobs', cache: 'queue_cache', once: 'queue_once' }
const outbox = 'queue_outbox'

/** The tables behind `table` and `prefix`. Throws ConfigError unless they are plain identifiers. */
export function tableNames(table = 'jobs', prefix = ''): TableNames {
  checkIdentifier('table', table, /^[A-Za-z_][A-Za-z0-9_]*$/)
  checkPrefix(prefix)
  if ([...Object.values(ownTables), outbox].includes(table))
    throw new ConfigError(`database connector: "table" cannot be ${table}, which is kept for something else`)
  return {
    jobs: `${prefix}${table}`,
    failed: `${prefix}${ownTables.failed}`,
    cache: `${prefix}${ownTables.cache}`,
    once: `${prefix}${ownTables.once}`,
  }
}

/** The name of the outbox's table, unquoted. Throws ConfigError unless the prefix is a plain identifier. */
export function outboxName(prefix = ''): string {
  checkPrefix(prefix)
  return `${prefix}${outbox}`
}

/** What `createDatabase` needs. Throws ConfigError when `dsn` says nothing it can use. */
export function databaseOptions(
  { dsn, timeout, breakReconnect }: DatabaseConnectorOptions,
  root: string,
): DatabaseOptions {
  const { url, ...parts } = typeof dsn === 'object' && dsn !== null ? dsn : { url: dsn }
  const options: DatabaseOptions = {
    root,
    ...(timeout === undefined ? {} : { connectMs: timeout * 1000 }),
    ...(breakReconnect === undefined ? {} : { breakReconnect }),
    ...parts,
    ...(typeof url === 'string' && url !== '' ? { url } : {}),
  }
  if (options.url !== undefined || mysqlAddress(options) !== null) return options
  const written = Object.keys(parts).length > 0 ? 'names neither a url nor a host' : 'is empty'
  throw new ConfigError(
    `database connector: "dsn" ${written}; write dsn: "sqlite:./queue.sqlite" or "mysql://user:password@host/name", or set DATABASE_URL`,
  )
}

/** The absolute SQLite file that has the jobs; null: a server has them. Throws ConfigError as `databaseOptions` does. */
export function sqliteFile(written: DatabaseConnectorOptions, root: string): string | null {
  const options = databaseOptions(written, root)
  return mysqlAddress(options) === null ? databaseFile(options.url!, root) : null
}

function checkPrefix(prefix: unknown): void {
  checkIdentifier('prefix', prefix, /^([A-Za-z_][A-Za-z0-9_]*)?$/)
}

function checkIdentifier(option: string, name: unknown, pattern: RegExp): void {
  if (typeof name === 'string' && name.length <= 48 && pattern.test(name)) return
  throw new ConfigError(
    `database connector: "${option}" must be letters, digits and _ (at most 48, no digit first), ` +
      `not ${JSON.stringify(name)}`,
  )
}
