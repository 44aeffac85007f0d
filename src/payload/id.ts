import { randomFillSync } from 'node:crypto'
import type { Ms } from '../contract/time.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const codes = Buffer.from(digits)
const timeDigits = 8
const randomDigits = 22
/** The largest multiple of 62 a byte can hold: bytes from here on are thrown away, or some digits would come up more often. */
const fair = 248
/** Ids of PHP are letters, so a time beginning with digit 0 or 1 (until the year 2193) tells ours from theirs. */
const ours = /^tq[01][0-9A-Za-z]{29}$/

const pool = Buffer.alloc(16_384)
/** Random digits, of which each is used once. */
let random = ''
let used = 0
let lastMs = -1
let lastPrefix = ''

/** A new id: `tq`, the push time in 8 base-62 digits of ms, 22 random digits. Ids sort by time; PHP sees 32 characters. */
export function jobId(wallMs: Ms): string {
  if (wallMs !== lastMs) {
    lastPrefix = `tq${timeText(wallMs)}`
    lastMs = wallMs
  }
  if (used + randomDigits > random.length) {
    random = randomText()
    used = 0
  }
  const from = used
  used += randomDigits
  return lastPrefix + random.slice(from, used)
}

function randomText(): string {
  randomFillSync(pool)
  let count = 0
  for (const byte of pool) if (byte < fair) pool[count++] = codes[byte % 62]!
  return pool.toString('latin1', 0, count)
}

/** When an id of ours was made, in ms since the epoch; null for the ids of others. */
export function jobIdTime(id: string): Ms | null {
  if (!ours.test(id)) return null
  let ms = 0
  for (let at = 2; at < 2 + timeDigits; at++) ms = ms * 62 + digits.indexOf(id[at]!)
  return ms
}

function timeText(wallMs: Ms): string {
  let text = ''
  let rest = Math.max(0, Math.floor(wallMs))
  for (let left = timeDigits; left > 0; left--) {
    text = digits[rest % 62] + text
    rest = Math.floor(rest / 62)
  }
  return text
}
