import { ConfigError } from '../../contract/errors.ts'
import type { SqlValue } from '../database.ts'
import { libsqlDriver } from './libsql-driver.ts'
import { nodeDriver } from './node-driver.ts'

/** A value as the drivers take it: no booleans, whole numbers as BigInt so that they are stored as integers. */
export type BoundValue = Exclude<SqlValue, boolean>

/** One prepared statement. Integers come as BigInt. */
export interface DriverStatement {
  /** Whether it answers rows; `run` is only for those that do not, `all` only for those that do. */
  readonly reader: boolean
  all(params: readonly BoundValue[]): Record<string, unknown>[]
  run(params: readonly BoundValue[]): {
    readonly changes: number | bigint
    readonly lastInsertRowid: number | bigint
  }
}

/** One synchronous connection. Errors are the driver's own; `errorCode` reads them. */
export interface DriverConnection {
  prepare(sql: string): DriverStatement
  /** Runs and finalizes, answering nothing. */
  exec(sql: string): void
  close(): void
}

export interface SqliteDriver {
  readonly name: 'node' | 'libsql'
  /** Of the SQLite inside, as [3, 51, 3]. */
  readonly version: readonly number[]
  connect(file: string): DriverConnection
  /** SQLite's extended result code, or null when the error is not SQLite's. */
  errorCode(error: unknown): number | null
}

let chosen: Promise<SqliteDriver> | undefined

/**
 * The driver of this process: `node:sqlite` when its SQLite is free of the WAL-reset bug, else libsql, else an older
 * `node:sqlite`. One for all databases, because two SQLite libraries in one process undo each other's file locks.
 */
export function sqliteDriver(): Promise<SqliteDriver> {
  chosen ??= choose(process.env.QUEUE_SQLITE_DRIVER ?? '')
  return chosen
}

async function choose(wanted: string): Promise<SqliteDriver> {
  if (wanted !== '' && wanted !== 'node' && wanted !== 'libsql')
    throw new ConfigError(`QUEUE_SQLITE_DRIVER=${JSON.stringify(wanted)}: write node or libsql`)
  const builtIn = wanted === 'libsql' ? null : nodeDriver()
  if (builtIn !== null && (wanted === 'node' || walIsSafe(builtIn))) return builtIn
  const libsql = wanted === 'node' ? null : await libsqlDriver()
  const driver = libsql ?? builtIn
  if (driver === null) throw new ConfigError(missing(wanted))
  return driver
}

function missing(wanted: string): string {
  if (wanted === 'node')
    return `QUEUE_SQLITE_DRIVER=node: Node ${process.versions.node} has no node:sqlite; use a current Node 22 or later`
  if (wanted === 'libsql') return 'QUEUE_SQLITE_DRIVER=libsql: libsql is not installed; npm i libsql'
  return `no SQLite driver: npm i libsql, or use a current Node 22 or later (this is ${process.versions.node})`
}

/** Whether this SQLite may use write-ahead logging: before 3.51.3 resetting the log could corrupt the file. */
export function walIsSafe(driver: SqliteDriver): boolean {
  const fixed = [3, 51, 3]
  for (const [place, least] of fixed.entries()) {
    const part = driver.version[place] ?? 0
    if (part !== least) return part > least
  }
  return true
}
