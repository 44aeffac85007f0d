import { MalformedPayload } from '../contract/errors.ts'

/** A stretch of text: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Where the value of a key of the outermost object stands (the last one, as every reader takes it); null: no such key. */
export function topLevelValue(body: string, key: string): Span | null {
  let found: Span | null = null
  let at = expect(body, skipSpace(body, 0), '{')
  while (body[skipSpace(body, at)] !== '}') {
    const keyStart = skipSpace(body, at)
    const keyEnd = stringEnd(body, keyStart)
    const start = skipSpace(body, expect(body, skipSpace(body, keyEnd), ':'))
    const end = valueEnd(body, start)
    if (keyIs(body, keyStart, keyEnd, key)) found = { start, end }
    at = skipSpace(body, end)
    if (body[at] !== '}') at = expect(body, at, ',')
  }
  return found
}

/** The place after the closing quote of the string that begins here. */
export function stringEnd(text: string, start: number): number {
  expect(text, start, '"')
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slash = quote
    while (text[slash - 1] === '\\') slash--
    if ((quote - slash) % 2 === 0) return quote + 1
  }
  throw new MalformedPayload('not JSON: a string does not end')
}

/** Whether arrays and objects are nested deeper than so many levels. Cheap for the flat: it counts brackets first. */
export function isDeeperThan(levels: number, text: string): boolean {
  if (text.length <= 2 * levels || countUpTo(levels + 1, text) <= levels) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') at = stringEnd(text, at) - 1
    else if (char === '[' || char === '{') depth++
    else if (char === ']' || char === '}') depth--
    if (depth > levels) return true
  }
  return false
}

function countUpTo(enough: number, text: string): number {
  let count = 0
  for (const bracket of '[{') {
    let at = text.indexOf(bracket)
    while (at !== -1 && count < enough) {
      count++
      at = text.indexOf(bracket, at + 1)
    }
  }
  return count
}

function valueEnd(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return stringEnd(text, start)
  if (first === '{' || first === '[') return containerEnd(text, start)
  let at = start
  while (at < text.length && !',}] \n\r\t'.includes(text[at]!)) at++
  return at
}

function containerEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (char === '"') at = stringEnd(text, at) - 1
    else if (char === '[' || char === '{') depth++
    else if ((char === ']' || char === '}') && --depth === 0) return at + 1
  }
  throw new MalformedPayload('not JSON: an array or object does not end')
}

function keyIs(body: string, start: number, end: number, key: string): boolean {
  const raw = body.slice(start + 1, end - 1)
  if (!raw.includes('\\')) return raw === key
  try {
    return JSON.parse(`"${raw}"`) === key
  } catch {
    throw new MalformedPayload(`not JSON: the key at character ${start} is badly escaped`)
  }
}

/** The first place from here on that is no white space. */
export function skipSpace(text: string, start: number): number {
  let at = start
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return at
}

function expect(text: string, at: number, char: string): number {
  if (text[at] === char) return at + 1
  throw new MalformedPayload(`not a JSON object: '${char}' is missing at character ${at}`)
}
