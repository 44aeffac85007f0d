import { MalformedPayload, PayloadError } from '../contract/errors.ts'
import { encodeNamed } from './encode.ts'
import { topLevelValue } from './scan.ts'

/**
 * The same bytes with another number of attempts: only the digits of the outermost `attempts` change. Throws
 * `MalformedPayload` when there are none.
 */
export function patchAttempts(body: string, attempts: number): string {
  if (!Number.isSafeInteger(attempts) || attempts < 0) {
    throw new PayloadError('attempts', `${attempts} is no whole number from 0 up`)
  }
  const span = topLevelValue(body, 'attempts')
  if (span === null) throw new MalformedPayload('there is no "attempts" to raise')
  if (!/^(?:0|[1-9]\d*)$/.test(body.slice(span.start, span.end))) {
    throw new MalformedPayload('"attempts" is no whole number, so it cannot be raised')
  }
  return `${body.slice(0, span.start)}${attempts}${body.slice(span.end)}`
}

/**
 * The same bytes with our extra key set: in place where it is, else directly after the data (before `id` on the `member`
 * wire, at the end on the `row` wire).
 */
export function patchExtra(body: string, thinkq: Readonly<Record<string, unknown>>): string {
  const value = encodeNamed('thinkq', thinkq)
  const present = topLevelValue(body, 'thinkq')
  if (present !== null) return `${body.slice(0, present.start)}${value}${body.slice(present.end)}`
  const data = topLevelValue(body, 'data')
  if (data === null) throw new MalformedPayload('there is no "data"')
  return `${body.slice(0, data.end)},"thinkq":${value}${body.slice(data.end)}`
}
