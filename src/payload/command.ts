import { MalformedPayload } from '../contract/errors.ts'
import type { BigNumbers } from './big-integers.ts'
import { parsePhpObject } from './php-object.ts'

type Fields = Readonly<Record<string, unknown>>

/** The job under which PHP pushes objects. */
const handler = /^\\?think\\queue\\CallQueuedHandler@call$/i

/** The class of an object that PHP pushed, where the payload says one; null: it is another job. */
export function commandName(payload: Fields): string | null {
  if (typeof payload.job !== 'string' || !handler.test(payload.job)) return null
  const name = (payload.data as Fields | null | undefined)?.commandName
  return typeof name === 'string' && name !== '' ? name : null
}

/**
 * An object that PHP pushed, as a job of its class's name which is given the object's properties; null: it is another job.
 * Throws `MalformedPayload`.
 */
export function commandOf(
  payload: Fields,
  bigNumbers: BigNumbers,
): { readonly job: string; readonly data: unknown } | null {
  if (typeof payload.job !== 'string' || !handler.test(payload.job)) return null
  const job = commandName(payload)
  const command = (payload.data as Fields | null)?.command
  if (job === null || typeof command !== 'string')
    throw new MalformedPayload('an object job of PHP without "commandName" and "command"')
  const { className, properties } = parsePhpObject(command, bigNumbers)
  if (className !== job)
    throw new MalformedPayload('an object job of PHP whose "commandName" is not the class of its object')
  return { job, data: properties }
}
