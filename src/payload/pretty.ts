import { isDeeperThan, skipSpace, stringEnd, topLevelValue } from './scan.ts'

/** A payload for people: its data, or all of it where there is none that could be read. */
export interface PrettyPayload {
  readonly part: 'data' | 'payload'
  readonly text: string
}

/** Deeper ones are not indented: each line would be longer than the one before. */
const mostLevels = 512

/** Data on lines of their own, every digit and key as it is stored; what is no JSON stays as it is. `reword` sees each text in it. */
export function prettyPayload(body: string, reword: (text: string) => string): PrettyPayload {
  if (!isJson(body) || isDeeperThan(mostLevels, body)) return { part: 'payload', text: body }
  const data = body.trimStart().startsWith('{') ? topLevelValue(body, 'data') : null
  if (data === null) return { part: 'payload', text: prettyJson(body, reword) }
  return { part: 'data', text: prettyJson(body.slice(data.start, data.end), reword) }
}

function prettyJson(json: string, reword: (text: string) => string): string {
  const parts: string[] = []
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  for (let at = skipSpace(json, 0); at < json.length; at = skipSpace(json, at)) {
    const char = json[at]!
    if (char === '"') {
      const end = stringEnd(json, at)
      parts.push(JSON.stringify(reword(JSON.parse(json.slice(at, end)))))
      at = end
      continue
    }
    at++
    if (char === '{' || char === '[') {
      const next = skipSpace(json, at)
      if (json[next] === '}' || json[next] === ']') {
        parts.push(char, json[next])
        at = next + 1
      } else {
        depth++
        parts.push(char, line())
      }
    } else if (char === '}' || char === ']') {
      depth--
      parts.push(line(), char)
    } else if (char === ',') parts.push(char, line())
    else parts.push(char === ':' ? ': ' : char)
  }
  return parts.join('')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
