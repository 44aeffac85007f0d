import { types } from 'node:util'
import { phpFloat } from './php-float.ts'
import { encodeText } from './text.ts'
import { Trail } from './trail.ts'
import { whyUnfit } from './unfit.ts'

/** PHP reads 511 nested arrays and objects at most, and the payload around the data is one of them. */
const maxDataLevels = 510
const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/**
 * The JSON text of a job's data, byte for byte as PHP's json_encode would write it, ASCII only. No data (`undefined`) is
 * the empty string, as in think-queue. Throws `PayloadError` for what JSON would silently drop or PHP could not read.
 */
export function encodeData(data: unknown): string {
  return data === undefined ? '""' : encodeNamed('data', data)
}

/** The same for any value; `root` is what refusals call it. */
export function encodeNamed(root: string, value: unknown): string {
  const trail = new Trail(root)
  return encodeValue(value, trail, 0) ?? trail.refuse(0, 'undefined has no JSON; use null')
}

/** Undefined when the value is: fields leave it out, lists refuse it. `depth` counts the containers around the value. */
function encodeValue(value: unknown, trail: Trail, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return encodeText(value) ?? trail.refuse(depth, loneSurrogate)
    case 'number':
      return encodeNumber(value, trail, depth)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? 'null' : encodeObject(value, trail, depth)
    case 'undefined':
      return undefined
    case 'bigint':
      if (value >= int64.min && value <= int64.max) return String(value)
      return trail.refuse(depth, 'a BigInt beyond 64 bits cannot be read by PHP; push it as a string')
    case 'function':
      return trail.refuse(depth, 'a function cannot be stored; push the data it needs')
    default:
      return trail.refuse(depth, 'a symbol cannot be stored; push a string')
  }
}

const loneSurrogate = 'half of a surrogate pair, which PHP cannot read; the text was cut inside a character'

function encodeNumber(value: number, trail: Trail, depth: number): string {
  if (Number.isSafeInteger(value)) return value === 0 && 1 / value < 0 ? '-0' : String(value)
  if (Number.isFinite(value)) return phpFloat(value)
  return trail.refuse(depth, `${value} has no JSON; use null`)
}

function encodeObject(value: object, trail: Trail, depth: number): string | undefined {
  if (typeof (value as { toJSON?: unknown }).toJSON !== 'function')
    return encodeContainer(value, trail, depth)
  const replaced = (value as { toJSON(key: string): unknown }).toJSON(trail.keyOf(depth))
  if (typeof replaced === 'object' && replaced !== null) return encodeContainer(replaced, trail, depth)
  if (replaced === null && types.isDate(value))
    trail.refuse(depth, 'an invalid Date; use null if none is meant')
  return encodeValue(replaced, trail, depth)
}

function encodeContainer(value: object, trail: Trail, depth: number): string | undefined {
  trail.enter(value, depth)
  if (depth === maxDataLevels) {
    trail.refuse(depth, `nested more than ${maxDataLevels} levels deep, which PHP cannot read`)
  }
  if (Array.isArray(value)) return encodeList(value, trail, depth)
  if (!isPlain(value)) {
    if (types.isBoxedPrimitive(value)) return encodeValue(value.valueOf(), trail, depth)
    const problem = whyUnfit(value)
    if (problem !== null) trail.refuse(depth, problem)
  }
  return encodeFields(value as Record<string, unknown>, trail, depth)
}

function encodeList(list: readonly unknown[], trail: Trail, depth: number): string {
  let text = '['
  for (let index = 0; index < list.length; index++) {
    trail.follow(depth, index)
    const item = encodeValue(list[index], trail, depth + 1)
    if (item === undefined) trail.refuse(depth + 1, 'undefined has no place in a list; use null')
    text += index === 0 ? item : `,${item}`
  }
  return `${text}]`
}

function encodeFields(fields: Record<string, unknown>, trail: Trail, depth: number): string {
  let text = ''
  for (const key of Object.keys(fields)) {
    trail.follow(depth, key)
    const value = encodeValue(fields[key], trail, depth + 1)
    if (value === undefined) continue
    const name = encodeText(key) ?? trail.refuse(depth + 1, `a key with ${loneSurrogate}`)
    text += text === '' ? `{${name}:${value}` : `,${name}:${value}`
  }
  return text === '' ? '{}' : `${text}}`
}

/** Any realm's Object.prototype, or none, directly above it. */
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}
