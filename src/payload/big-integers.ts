import { randomUUID } from 'node:crypto'
import { stringEnd } from './scan.ts'

/** How integers beyond 2^53 are given back. */
export type BigNumbers = 'bigint' | 'string'

const candidate = /(?:^|[:,[\s])-?[1-9]\d{15}/
const bigInteger = /^-?[1-9]\d{15,}$/

/** Whether an integer that a number cannot hold may be in the text: a cheap test that errs on the safe side. */
export function mayHoldBigIntegers(json: string): boolean {
  return candidate.test(json)
}

/**
 * As JSON.parse, but integers beyond 2^53 keep all their digits. The text must be valid JSON. Such integers are parsed as
 * strings behind a mark nobody can have guessed, and turned into what was asked for afterwards.
 */
export function parseBigIntegers(json: string, as: BigNumbers): unknown {
  const mark = randomUUID()
  return JSON.parse(markBigIntegers(json, mark), (_key, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(mark)) return value
    const digits = value.slice(mark.length)
    return as === 'bigint' ? BigInt(digits) : digits
  })
}

function markBigIntegers(json: string, mark: string): string {
  let marked = ''
  let copied = 0
  for (let at = 0; at < json.length; ) {
    if (json[at] === '"') {
      at = stringEnd(json, at)
    } else if (isNumeric(json.charCodeAt(at))) {
      const end = numberEnd(json, at)
      const token = json.slice(at, end)
      if (bigInteger.test(token) && !Number.isSafeInteger(Number(token))) {
        marked += `${json.slice(copied, at)}"${mark}${token}"`
        copied = end
      }
      at = end
    } else at++
  }
  return marked + json.slice(copied)
}

function numberEnd(json: string, start: number): number {
  let at = start + 1
  while (isNumeric(json.charCodeAt(at)) || '.eE+'.includes(json.charAt(at) || ' ')) at++
  return at
}

function isNumeric(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || unit === 45
}
