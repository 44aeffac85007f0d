import { MalformedPayload } from '../contract/errors.ts'
import { type BigNumbers, mayHoldBigIntegers, parseBigIntegers } from './big-integers.ts'
import { commandName, commandOf } from './command.ts'
import { foreignQueue } from './foreign.ts'
import { isDeeperThan } from './scan.ts'

/** What a stored payload says. `id` and `attempts` are there on the `member` wire only. */
export interface Payload {
  /** For an object that PHP pushed, the name of its class, and `data` its properties. */
  readonly job: string
  readonly data: unknown
  readonly id?: string
  readonly attempts?: number
  readonly thinkq?: Readonly<Record<string, unknown>>
}

type Fields = Readonly<Record<string, unknown>>

/** PHP writes 512 levels at most, the payload's own object included. */
const maxLevels = 512

/** Reads a stored payload. Throws `MalformedPayload`, and nothing else; its message never quotes the data. */
export function decodePayload(body: string, bigNumbers: BigNumbers): Payload {
  const fields = parseFields(body, bigNumbers)
  const foreign = foreignQueue(fields)
  if (foreign !== null) throw new MalformedPayload(foreign)
  const payload: { -readonly [Key in keyof Payload]: Payload[Key] } = {
    job: jobOf(fields),
    data: dataOf(fields),
    ...commandOf(fields, bigNumbers),
  }
  if (fields.id !== undefined) payload.id = idOf(fields.id)
  if (fields.attempts !== undefined) payload.attempts = attemptsOf(fields.attempts)
  if (isObject(fields.thinkq)) payload.thinkq = fields.thinkq
  return payload
}

/** The name of the job in any text, for logs; null when none can be made out. At most 255 characters; never throws. */
export function jobNameOf(body: string): string | null {
  const job = topLevelJob(body) ?? firstJob(body)
  return typeof job === 'string' && job !== '' ? job.slice(0, 255) : null
}

function topLevelJob(body: string): unknown {
  try {
    const payload = JSON.parse(body) as Fields | null
    return payload === null ? undefined : (commandName(payload) ?? payload.job)
  } catch {
    return undefined
  }
}

function firstJob(body: string): unknown {
  const quoted = /"job"\s*:\s*("(?:[^"\\\n]|\\.){1,512}")/.exec(body)?.[1]
  try {
    return quoted === undefined ? null : JSON.parse(quoted)
  } catch {
    return null
  }
}

function parseFields(body: string, bigNumbers: BigNumbers): Fields {
  if (body.charCodeAt(0) === 0xfeff) throw new MalformedPayload('not JSON: it begins with a byte-order mark')
  let value = parse(body)
  if (!isObject(value))
    throw new MalformedPayload(`${kindOf(value)}, where an object with job and data is meant`)
  if (isDeeperThan(maxLevels, body)) throw new MalformedPayload(`nested more than ${maxLevels} levels deep`)
  if (body.includes('\\u') && surrogateEscape.test(body) && isCutInsideCharacter(value))
    throw new MalformedPayload('it contains half of a surrogate pair, which PHP cannot read')
  if (mayHoldBigIntegers(body)) value = parseBigIntegers(body, bigNumbers)
  return value as Fields
}

const surrogateEscape = /\\u[dD][89a-fA-F]/

/** JSON.stringify escapes halves of surrogate pairs and nothing else that begins so; the back-slash must not be a text's own. */
function isCutInsideCharacter(value: unknown): boolean {
  return /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(JSON.stringify(value))
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    if (body === '') throw new MalformedPayload('empty')
    const place = /position (\d+)/.exec((error as Error).message)?.[1]
    throw new MalformedPayload(
      place === undefined ? 'not JSON' : `not JSON: it breaks off or goes wrong at character ${place}`,
    )
  }
}

function jobOf(fields: Fields): string {
  if (!Object.hasOwn(fields, 'job')) {
    throw new MalformedPayload('there is no "job" (PHP stores such a payload when data was nested too deep)')
  }
  const { job } = fields
  if (typeof job === 'string' && job !== '') return job
  throw new MalformedPayload(`"job" is ${job === '' ? 'empty' : kindOf(job)}, where a name is meant`)
}

function dataOf(fields: Fields): unknown {
  if (Object.hasOwn(fields, 'data')) return fields.data
  throw new MalformedPayload('there is no "data"')
}

function idOf(id: unknown): string {
  if (typeof id === 'string') return id
  if (Number.isSafeInteger(id) || typeof id === 'bigint') return String(id)
  throw new MalformedPayload(`"id" is ${kindOf(id)}, where a string is meant`)
}

function attemptsOf(attempts: unknown): number {
  if (Number.isSafeInteger(attempts) && (attempts as number) >= 0) return attempts as number
  throw new MalformedPayload(`"attempts" is ${kindOf(attempts)}, where a whole number from 0 up is meant`)
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
