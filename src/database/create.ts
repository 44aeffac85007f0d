import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ConfigError } from '../contract/errors.ts'
import type { DatabaseOptions, PackedDatabase } from './database.ts'
import { type MysqlAddress, mysqlAddress } from './mysql/address.ts'
import type { Pool } from './mysql/driver.ts'
import { addressOfPool, existingPool } from './mysql/existing-pool.ts'
import { MysqlDatabase } from './mysql/mysql-database.ts'
import { MysqlPool } from './mysql/pool.ts'
import { SqliteDatabase } from './sqlite/sqlite-database.ts'
import { databaseFile } from './url.ts'

const defaultBusyMs = 10_000
const defaultConnectMs = 10_000
const defaultDeadlineMs = 60_000
/** What a timer can hold. */
const longestMs = 2 ** 31 - 1

/** Who a database is made for: the application and its jobs, or the table of the queue, whose SQL is all our own. */
export type Purpose = 'application' | 'queue'

/** A worker of a server with many others must not take more of its connections. */
const defaultConnections: Readonly<Record<Purpose, number>> = { application: 10, queue: 2 }

/** A database by its options; nothing is opened yet. Throws ConfigError. */
export function databaseOf(options: DatabaseOptions, purpose: Purpose): PackedDatabase {
  const pool = options.pool === undefined ? undefined : existingPool(options.pool)
  if (pool !== undefined) return mysqlOf(addressOfPool(pool), { ...options, pool }, purpose)
  const address = mysqlAddress(options)
  if (address !== null) return mysqlOf(address, options, purpose)
  const { url, root = process.cwd() } = options
  if (typeof url !== 'string')
    throw new ConfigError(
      'createDatabase: url must be a text such as sqlite:./queue.sqlite or mysql://user:password@host/name',
    )
  const busyMs = milliseconds('busyMs', options.busyMs, defaultBusyMs)
  return new SqliteDatabase(trueName(databaseFile(url, root)), busyMs)
}

function mysqlOf(address: MysqlAddress, options: DatabaseOptions, purpose: Purpose): MysqlDatabase {
  const deadlineMs = milliseconds('deadlineMs', options.deadlineMs, defaultDeadlineMs)
  const { connections = defaultConnections[purpose], breakReconnect = true } = options
  if (!Number.isInteger(connections) || connections < 1)
    throw new ConfigError(
      `createDatabase: connections must be a whole number from 1, not ${String(connections)}`,
    )
  const isPacked = purpose === 'queue'
  const pool = new MysqlPool(address, {
    busyMs: milliseconds('busyMs', options.busyMs, defaultBusyMs),
    connectMs: milliseconds('connectMs', options.connectMs, defaultConnectMs) || defaultConnectMs,
    deadlineMs,
    connections,
    isPacked,
    isUtc: purpose === 'queue',
    existing: options.pool as Pool | undefined,
  })
  return new MysqlDatabase(pool, { breakReconnect, isPacked, deadlineMs })
}

function milliseconds(name: string, value: unknown, otherwise: number): number {
  const ms = value ?? otherwise
  if (typeof ms === 'number' && ms >= 0 && ms <= longestMs) return ms
  throw new ConfigError(`createDatabase: ${name} must be milliseconds, not ${String(ms)}`)
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
