import { ConfigError } from '../../contract/errors.ts'
import type { DatabaseOptions } from '../../database/index.ts'

/** The part of the configuration that is the database connector's. */
export interface DatabaseConnectorOptions {
  /** `sqlite:./queue.sqlite`, or the same as `{ url, busyMs }`. */
  readonly dsn?: string | (Partial<DatabaseOptions> & Record<string, unknown>)
  /** Default `jobs`. */
  readonly table?: string
  /** Put before the name of every table. */
  readonly prefix?: string
}

/** The names of the tables, unquoted. */
export interface TableNames {
  readonly jobs: string
  readonly failed: string
  readonly cache: string
  readonly once: string
}

const ownTables = { failed: 'failed_jobs', cache: 'queue_cache', once: 'queue_once' }

/** The tables behind `table` and `prefix`. Throws ConfigError unless they are plain identifiers. */
export function tableNames(table = 'jobs', prefix = ''): TableNames {
  checkIdentifier('table', table, /^[A-Za-z_][A-Za-z0-9_]*$/)
  checkIdentifier('prefix', prefix, /^([A-Za-z_][A-Za-z0-9_]*)?$/)
  if (Object.values(ownTables).includes(table))
    throw new ConfigError(`database connector: "table" cannot be ${table}, which is kept for something else`)
  return {
    jobs: `${prefix}${table}`,
    failed: `${prefix}${ownTables.failed}`,
    cache: `${prefix}${ownTables.cache}`,
    once: `${prefix}${ownTables.once}`,
  }
}

/** What `createDatabase` needs. Throws ConfigError when `dsn` says nothing it can use. */
export function databaseOptions(dsn: DatabaseConnectorOptions['dsn'], root: string): DatabaseOptions {
  const { url, busyMs, ...others } = typeof dsn === 'object' && dsn !== null ? dsn : { url: dsn }
  if (typeof url === 'string' && url !== '') return { url, root, ...(busyMs === undefined ? {} : { busyMs }) }
  if (Object.keys(others).length > 0)
    throw new ConfigError(
      'database connector: "dsn" has no "url"; this version supports SQLite only: dsn: "sqlite:./queue.sqlite"',
    )
  throw new ConfigError(
    'database connector: "dsn" is empty; write dsn: "sqlite:./queue.sqlite", or set DATABASE_URL',
  )
}

function checkIdentifier(option: string, name: unknown, pattern: RegExp): void {
  if (typeof name === 'string' && name.length <= 48 && pattern.test(name)) return
  throw new ConfigError(
    `database connector: "${option}" must be letters, digits and _ (at most 48, no digit first), ` +
      `not ${JSON.stringify(name)}`,
  )
}
