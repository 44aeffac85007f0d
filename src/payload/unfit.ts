import { types } from 'node:util'

/** Why an object would lose its content in JSON, and what to push instead; null when nothing speaks against it. */
export function whyUnfit(value: object): string | null {
  for (const [is, problem] of unfit) if (is(value)) return problem
  if (Object.keys(value).length > 0) return null
  return `${article(nameOf(value))} has no fields that JSON can see and would be stored as {}; push a plain object, or give it toJSON()`
}

const unfit: readonly (readonly [(value: object) => boolean, string])[] = [
  [
    types.isMap,
    'a Map would be stored as {}; push Object.fromEntries(map), or [...map] when its keys are no strings',
  ],
  [types.isSet, 'a Set would be stored as {}; push an array: [...set]'],
  [types.isWeakMap, 'a WeakMap cannot be stored; push a plain object'],
  [types.isWeakSet, 'a WeakSet cannot be stored; push an array'],
  [types.isRegExp, 'a RegExp would be stored as {}; push its source and flags as strings'],
  [types.isPromise, 'a Promise would be stored as {}; await it first'],
  [isError, 'an Error would lose its message; push { message: error.message }'],
  [
    types.isAnyArrayBuffer,
    "binary data would be stored as {}; push a string: Buffer.from(buffer).toString('base64')",
  ],
  [
    types.isArrayBufferView,
    "binary data would be stored number by number; push Array.from(view), or a string: Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')",
  ],
]

function isError(value: object): boolean {
  return types.isNativeError(value) || value instanceof Error
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? name.slice(0, 60) : 'nameless object'
}

function article(name: string): string {
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`
}
