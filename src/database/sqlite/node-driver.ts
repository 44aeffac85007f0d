import type { BoundValue, DriverConnection, DriverStatement, SqliteDriver } from './driver.ts'

/** The parts of `node:sqlite` that are used; the types of Node 20 do not know the module. */
interface NodeSqlite {
  StatementSync: { readonly prototype: Partial<NodeStatement> }
  DatabaseSync: new (
    file: string,
  ) => {
    prepare(sql: string): NodeStatement
    exec(sql: string): void
    close(): void
  }
}

interface NodeStatement {
  all(...params: BoundValue[]): Record<string, unknown>[]
  run(...params: BoundValue[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  columns(): unknown[]
  setReadBigInts(enabled: boolean): void
}

/** `node:sqlite`, or null where this Node has none, or an early one that cannot say what a statement answers. */
export function nodeDriver(): SqliteDriver | null {
  const sqlite = builtIn()
  const version = process.versions.sqlite
  if (sqlite?.StatementSync.prototype.columns === undefined || version === undefined) return null
  return {
    name: 'node',
    version: version.split('.').map(Number),
    connect: (file) => connection(new sqlite.DatabaseSync(file)),
    errorCode(error) {
      const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown }
      return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode : null
    },
  }
}

/** Node 22 calls the module experimental each time it is loaded: that one warning is held back, all others pass. */
function builtIn(): NodeSqlite | null {
  const load = (process as { getBuiltinModule?: (name: string) => unknown }).getBuiltinModule
  if (load === undefined) return null
  const emitWarning = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (/SQLite is an experimental feature/.test(String(warning))) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }) as typeof process.emitWarning
  try {
    return (load('node:sqlite') as NodeSqlite | undefined) ?? null
  } finally {
    process.emitWarning = emitWarning
  }
}

function connection(database: InstanceType<NodeSqlite['DatabaseSync']>): DriverConnection {
  return {
    prepare: (sql) => statement(database.prepare(sql)),
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  }
}

function statement(prepared: NodeStatement): DriverStatement {
  prepared.setReadBigInts(true)
  return {
    reader: prepared.columns().length > 0,
    all: (params) => prepared.all(...params),
    run: (params) => prepared.run(...params),
  }
}
