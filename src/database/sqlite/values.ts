import type { SqlValue } from '../database.ts'
import { unstorable } from '../parameter.ts'
import type { BoundValue } from './driver.ts'

const noValues: readonly BoundValue[] = []

/** Parameters as the drivers take them; what neither understands is refused here, because libsql aborts the process on it. */
export function boundValues(params: readonly SqlValue[] | undefined): readonly BoundValue[] {
  if (params === undefined || params.length === 0) return noValues
  return params.map(boundValue)
}

function boundValue(value: SqlValue, place: number): BoundValue {
  if (typeof value === 'string' || value === null || value instanceof Uint8Array) return value
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value)
    if (Number.isFinite(value)) return value
  }
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value
  throw unstorable(value, place)
}

/** Integers as numbers where a number can hold them; the row is an ordinary object. */
export function plainRow(row: Record<string, unknown>): Record<string, unknown> {
  const plain = { ...row }
  for (const name in plain) {
    const value = plain[name]
    if (typeof value === 'bigint') plain[name] = smallInteger(value)
  }
  return plain
}

function smallInteger(value: number | bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
