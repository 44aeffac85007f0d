import type { Reservation } from '../../contract/connector.ts'
import { topLevelValue } from '../../payload/scan.ts'
import { decodePayload, jobIdTime, patchAttempts, patchExtra } from '../../payload.ts'

/** What a member says of itself: what cannot be made out is id `?` and attempts 1. */
interface MemberFacts {
  readonly id: string
  readonly attempts: number
}

const attemptsKey = '"attempts":'
const idKey = '"id":"'

/** Reads id and attempts: from the end, where PHP and we write them, else by looking through the whole. */
export function memberFacts(body: string): MemberFacts {
  const at = body.lastIndexOf(attemptsKey)
  const idAt = at < 2 ? -1 : body.lastIndexOf(idKey, at)
  const attempts = idAt === -1 ? -1 : digitsUpToEnd(body, at + attemptsKey.length)
  if (attempts === -1 || body.charCodeAt(at - 1) !== 44 || body.charCodeAt(at - 2) !== 34)
    return searched(body)
  const id = body.slice(idAt + idKey.length, at - 2)
  return id.includes('"') || id.includes('\\') ? searched(body) : { id, attempts }
}

/** The number that stands between `at` and the closing brace; -1: something else does. */
function digitsUpToEnd(body: string, at: number): number {
  const end = body.length - 1
  if (at >= end || end - at > 15 || body.charCodeAt(end) !== 125) return -1
  let value = 0
  for (let place = at; place < end; place++) {
    const digit = body.charCodeAt(place) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function searched(body: string): MemberFacts {
  return { id: textOf(body, 'id') ?? '?', attempts: Number(textOf(body, 'attempts') ?? 1) }
}

function textOf(body: string, key: 'id' | 'attempts'): string | null {
  try {
    const span = topLevelValue(body, key)
    const value: unknown = span === null ? null : JSON.parse(body.slice(span.start, span.end))
    if (key === 'attempts') return Number.isSafeInteger(value) ? String(value) : null
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null
  } catch {
    return null
  }
}

/** Why nobody can count the deliveries of a payload; undefined when they can be, or when it is no payload at all. */
export function uncounted(body: string): string | undefined {
  try {
    patchAttempts(body, 1)
    return undefined
  } catch {
    return isPayload(body)
      ? 'there is no whole number of "attempts", so its deliveries cannot be counted'
      : undefined
  }
}

/** Whether PHP can read a member, and count its deliveries. */
export function isDigestible(body: string): boolean {
  return isPayload(body) && memberFacts(body).id !== '?' && uncounted(body) === undefined
}

function isPayload(body: string): boolean {
  try {
    decodePayload(body, 'string')
    return true
  } catch {
    return false
  }
}

/** The bytes after a delivery that used up an attempt. What has no number of attempts stays as it is. */
export function spent({ body, attempts }: Reservation): string {
  return patched(body, () => patchAttempts(body, attempts + 1))
}

/** The bytes after a delivery that did not: our counter in the extra key makes them new. */
export function unspent({ body }: Pick<Reservation, 'body'>): string {
  return patched(body, () => patchExtra(body, counted(body)))
}

/** The bytes of a failed job that starts anew. */
export function renewed(body: string): string {
  return patched(body, () => patchExtra(patchAttempts(body, 1), counted(body)))
}

/** When a member of ours was pushed, ms since the epoch; null for the members of others. */
export function pushedAt(body: string): number | null {
  return jobIdTime(memberFacts(body).id)
}

function patched(body: string, patch: () => string): string {
  try {
    return patch()
  } catch {
    return body
  }
}

function counted(body: string): Record<string, unknown> {
  const span = topLevelValue(body, 'thinkq')
  const extra: unknown = span === null ? {} : JSON.parse(body.slice(span.start, span.end))
  const known = typeof extra === 'object' && extra !== null ? (extra as Record<string, unknown>) : {}
  return { ...known, n: (typeof known.n === 'number' ? known.n : 0) + 1 }
}
