import { MalformedPayload, TriesExhausted, UnknownJob } from '../contract/errors.ts'
import { retryDelayMs } from '../contract/retry.ts'
import type { Ms } from '../contract/time.ts'
import type { Delivery } from './delivery.ts'
import type { ExecutorOptions } from './options.ts'

/** How long until the next try of a run that ended by this error; null: there is none. */
export function nextTryMs(
  { attempts, entry, fired }: Delivery,
  error: Error,
  options: ExecutorOptions,
): Ms | null {
  if (!fired && (error instanceof MalformedPayload || error instanceof TriesExhausted)) return null
  if (!(error instanceof UnknownJob) || entry !== undefined) return retryDelayMs(attempts, entry, options)
  const isLast = options.tries > 0 && attempts >= options.tries
  return options.unknownJob === 'bury' || isLast ? null : options.unknownJob.releaseMs
}
