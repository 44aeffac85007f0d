import type { SqlValue } from '../database.ts'
import { unstorable } from '../parameter.ts'
import { mysqlDriver } from './driver.ts'

/** Fills values into the places of `?`, escaped as the session reads texts: backslashes escape there. */
export type Format = (sql: string, params?: readonly SqlValue[]) => string

/** What ends a text in single quotes, or escapes in it. */
const special = /['\\\0\x1a]/

/** SQL in which a `?` may be something else than a place, or two of them one: left to the driver. */
const odd = /['"#]|--|\/\*|\?\?/

function isOdd(sql: string): boolean {
  return odd.test(sql) || sql.split('`').some((part, at) => at % 2 === 1 && part.includes('?'))
}

/** The formatter, which is the driver's once it is loaded. */
export async function formatter(): Promise<Format> {
  const driver = await mysqlDriver()
  return (sql, params) => {
    if (params === undefined || params.length === 0) return sql
    const parts = sql.split('?')
    if (parts.length !== params.length + 1 || isOdd(sql))
      return driver.format(sql, params.map(checked) as never[])
    let text = parts[0]!
    // One piece after the other: a bulk has thousands, and a text made of texts is dear to make flat.
    for (let place = 0; place < params.length; place++) {
      const value = params[place] as SqlValue
      if (typeof value === 'string' && !special.test(value)) {
        text += "'"
        text += value
        text += "'"
      } else text += driver.escape(checked(value, place) as never)
      text += parts[place + 1]!
    }
    return text
  }
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
