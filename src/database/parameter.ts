import { StoreError } from '../contract/errors.ts'

/** What cannot stand for a `?`, as an error; `place` counts from 0. */
export function unstorable(value: unknown, place: number): StoreError {
  return new StoreError(
    `parameter ${place + 1}: ${described(value)} cannot be stored; ` +
      'give a string, a finite number, a BigInt of 64 bits, a boolean, null or a Uint8Array',
    { code: 'PARAMETER', transient: false },
  )
}

function described(value: unknown): string {
  if (value instanceof Date) return 'a Date (write date.toISOString())'
  if (typeof value === 'object' || typeof value === 'function') return `a value of type ${typeof value}`
  return String(value)
}
