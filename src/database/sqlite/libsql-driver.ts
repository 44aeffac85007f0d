import type { BoundValue, DriverConnection, DriverStatement, SqliteDriver } from './driver.ts'

/** The parts of libsql that are used. */
interface Libsql {
  new (file: string): LibsqlDatabase
}

interface LibsqlDatabase {
  prepare(sql: string): LibsqlStatement
  exec(sql: string): void
  close(): void
}

interface LibsqlStatement {
  readonly reader: boolean
  all(params: readonly BoundValue[]): Record<string, unknown>[]
  get(params: readonly BoundValue[]): unknown
  run(params: readonly BoundValue[]): { changes: number; lastInsertRowid: number }
  safeIntegers(enabled: boolean): void
}

/** libsql, or null where it is not installed or not built for this machine. */
export async function libsqlDriver(): Promise<SqliteDriver | null> {
  const Database = await installed()
  if (Database === null) return null
  return {
    name: 'libsql',
    version: versionOf(Database),
    connect: (file) => connection(new Database(file)),
    errorCode(error) {
      const { name, rawCode, message } = (error ?? {}) as Partial<Error> & { rawCode?: unknown }
      if (name === 'SqliteError' && typeof rawCode === 'number') return rawCode
      const opening = /^ConnectionFailed\(.*: (\d+)"\)$/s.exec(String(message))
      return opening ? Number(opening[1]) : null
    },
  }
}

async function installed(): Promise<Libsql | null> {
  try {
    const module: { default: unknown } = await import('libsql')
    return module.default as Libsql
  } catch (error) {
    const code = (error as { code?: unknown }).code
    if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

function versionOf(Database: Libsql): readonly number[] {
  const database = new Database(':memory:')
  const [row] = database.prepare('SELECT sqlite_version() AS version').all([])
  database.close()
  return String(row?.version).split('.').map(Number)
}

function connection(database: LibsqlDatabase): DriverConnection {
  return {
    prepare: (sql) => statement(sql, database.prepare(sql)),
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  }
}

function statement(sql: string, prepared: LibsqlStatement): DriverStatement {
  prepared.safeIntegers(true)
  // SQLite ends an EXPLAIN only when it is reset, which of libsql's calls `get` alone does; unended it would keep its lock.
  const explains = /^\s*explain\b/i.test(sql)
  return {
    reader: prepared.reader,
    all(params) {
      const rows = prepared.all(params).map(withBytes)
      if (explains) prepared.get(params)
      return rows
    },
    run: (params) => prepared.run(params),
  }
}

/** libsql answers blobs as ArrayBuffer, node:sqlite as Uint8Array: the latter everywhere. */
function withBytes(row: Record<string, unknown>): Record<string, unknown> {
  for (const name in row) {
    const value = row[name]
    if (value instanceof ArrayBuffer) row[name] = new Uint8Array(value)
  }
  return row
}
