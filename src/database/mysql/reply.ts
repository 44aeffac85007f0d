import type { FieldPacket } from './driver.ts'

/** What one statement answered: rows, or the header of a statement without any. */
export interface Reply {
  readonly rows: unknown
  readonly fields: readonly FieldPacket[] | undefined
}

export interface Effect {
  readonly affectedRows: number
  readonly insertId: number
}

interface Header extends Effect {
  readonly serverStatus?: number
}

/** MySQL's number of the type BIGINT. */
const bigint = 8
const inTransaction = 1

/** The rows, none for a statement that has none. The driver gives integers it cannot hold as texts: they become BigInt. */
export function rowsOf({ rows, fields }: Reply): Record<string, unknown>[] {
  if (!Array.isArray(rows)) return []
  const wide = (fields ?? []).filter(({ columnType }) => columnType === bigint).map(({ name }) => name)
  if (wide.length > 0) for (const row of rows as Record<string, unknown>[]) widen(row, wide)
  return rows as Record<string, unknown>[]
}

/** Turns texts in columns of BIGINT into BigInt, in place. */
export function widen(row: Record<string, unknown>, columns: readonly string[]): void {
  for (const name of columns) if (typeof row[name] === 'string') row[name] = BigInt(row[name])
}

export function bigintColumns(fields: readonly FieldPacket[]): readonly string[] {
  return fields.filter(({ columnType }) => columnType === bigint).map(({ name }) => name)
}

export function effectOf({ rows }: Reply): Effect {
  if (Array.isArray(rows)) return { affectedRows: rows.length, insertId: 0 }
  const { affectedRows, insertId } = rows as Header
  return { affectedRows, insertId }
}

/** Whether the server ended the transaction by itself, as DDL does. Unknown after a statement with rows: false. */
export function hasEnded({ rows }: Reply): boolean {
  const status = (rows as Header | null)?.serverStatus
  return typeof status === 'number' && (status & inTransaction) === 0
}
