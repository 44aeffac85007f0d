import { PayloadError } from '../contract/errors.ts'
import { encodeNamed } from './encode.ts'
import { encodeText } from './text.ts'

/** What a payload is made of. */
export interface PayloadParts {
  /** The job's name as PHP or our registry will resolve it. */
  readonly job: string
  /** JSON text, from `encodeData`. */
  readonly data: string
  /** Stored only on the `member` wire. */
  readonly id: string
  /** Our one extra key; left out when it is absent or empty. */
  readonly thinkq?: Readonly<Record<string, unknown>>
}

/** The text a store keeps: `member` (Redis) with id and attempts (1), `row` (SQL) without. ASCII, the keys in PHP's order. */
export function encodePayload(wire: 'member' | 'row', parts: PayloadParts): string {
  const start = `{"job":${jobText(parts.job)},"data":${parts.data}${extraText(parts.thinkq)}`
  if (wire === 'row') return `${start}}`
  const id = encodeText(parts.id)
  if (id === null || id === '""') throw new PayloadError('id', 'must be a non-empty, well-formed string')
  return `${start},"id":${id},"attempts":1}`
}

let lastJob: string | undefined
let lastText = ''

/** Many jobs of one name are pushed in a row. */
function jobText(job: string): string {
  if (job !== lastJob) {
    lastText = newJobText(job)
    lastJob = job
  }
  return lastText
}

function newJobText(job: string): string {
  if (typeof job !== 'string' || job === '') throw new PayloadError('job', 'must be a non-empty string')
  if (job.includes('\0')) throw new PayloadError('job', 'a name may not contain NUL')
  const text = encodeText(job)
  if (text === null) throw new PayloadError('job', 'the name contains half of a surrogate pair')
  return text
}

function extraText(thinkq: PayloadParts['thinkq']): string {
  if (thinkq === undefined) return ''
  const text = encodeNamed('thinkq', thinkq)
  return text === '{}' ? '' : `,"thinkq":${text}`
}

/** Throws `PayloadError` when the payload is longer than so many bytes. */
export function checkSize(body: string, maxBytes: number): void {
  if (body.length * 3 <= maxBytes) return
  const bytes = Buffer.byteLength(body)
  if (bytes > maxBytes) {
    throw new PayloadError('payload', `${bytes} bytes long, and the limit (maxPayload) is ${maxBytes} bytes`)
  }
}
