import type { SqlValue } from '../database.ts'
import { unstorable } from '../parameter.ts'
import { mysqlDriver } from './driver.ts'

/** Fills values into the places of `?`, escaped as the session reads texts: backslashes escape there. */
export type Format = (sql: string, params?: readonly SqlValue[]) => string

/** The formatter, which is the driver's once it is loaded. */
export async function formatter(): Promise<Format> {
  const { format } = await mysqlDriver()
  return (sql, params) =>
    params === undefined || params.length === 0 ? sql : format(sql, params.map(checked) as never[])
}

/** What the driver's formatter could misread is refused: an object would become a list of assignments. */
function checked(value: SqlValue, place: number): unknown {
  if (typeof value === 'string' || value === null) return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const isStorable = (bits: (width: number, value: bigint) => bigint) => bits(64, value as bigint) === value
  if (typeof value === 'bigint' && (isStorable(BigInt.asIntN) || isStorable(BigInt.asUintN))) return value
  throw unstorable(value, place)
}
