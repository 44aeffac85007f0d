import { createHash, randomBytes } from 'node:crypto'
import { type Effect, usualKeepMs } from '../contract/effects.ts'
import { QueueError } from '../contract/errors.ts'
import type { Ms } from '../contract/time.ts'
import { decodePayload } from '../payload.ts'

/** A key and what stands before it fit into the 255 bytes of a column. */
const longestKey = 200

/** What a job calls by that key. Throws `QueueError` `ONCE_KEY` for what is no key. */
export function effectOf(
  job: { readonly id: string; readonly rawBody: string },
  key: string,
  keepMs: Ms | null = usualKeepMs,
): Effect {
  if (typeof key !== 'string' || key === '' || Buffer.byteLength(key) > longestKey)
    throw new QueueError(
      'ONCE_KEY',
      `once: the key ${JSON.stringify(key)?.slice(0, 100)} must be a text of 1 to ${longestKey} bytes that names the effect, such as "sms:order:42"`,
    )
  const mark = randomBytes(9).toString('base64url')
  return { key, mark, jobId: job.id.slice(0, 200), digest: digestOf(job.rawBody), keepMs }
}

/** Of name and data alone: id and attempts change with retries. */
function digestOf(body: string): string {
  const { job, data } = decodePayload(body, 'string')
  return createHash('sha256')
    .update(JSON.stringify([job, data]))
    .digest('base64url')
    .slice(0, 16)
}
