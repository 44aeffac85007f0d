import { escapeControls } from '../process/json-line.ts'

/** Paints text for a terminal; without colours it gives the text back. */
export interface Style {
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly grey: (text: string) => string
  readonly bold: (text: string) => string
}

/** A line to stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** A line to stderr. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** One object as one line of JSON. */
export function printJson(value: unknown): void {
  print(escapeControls(JSON.stringify(value)))
}

/** Whether a stream gets colours: `--no-color` beats FORCE_COLOR, which beats NO_COLOR, which beats what the stream is. */
export function wantsColors(
  flag: boolean,
  stream: { readonly isTTY?: boolean } = process.stdout,
  env = process.env,
): boolean {
  if (!flag) return false
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR)
  if (env.NO_COLOR) return false
  return stream.isTTY === true && env.TERM !== 'dumb'
}

export function styleOf(colors: boolean): Style {
  const paint = (code: number, end: number) => (text: string) =>
    colors ? `\x1b[${code}m${text}\x1b[${end}m` : text
  return {
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    grey: paint(90, 39),
    bold: paint(1, 22),
  }
}

/** Text of others on one line of a terminal: control characters are shown, not obeyed. Tabs and line breaks count as such. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0)!
    return named[character] ?? `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** The beginning of a text that is longer, with an ellipsis for the rest. */
export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

/** As `oneLine` for text of several lines, such as a stack. */
export function safeLines(text: string): string {
  return text.split(/\r?\n/).map(oneLine).join('\n')
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' }

/** Local time as `2026-11-22 15:49:38`. */
export function stamp(time: Date): string {
  const two = (figure: number) => String(figure).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

/** A length of time for people: `12.3ms`, `4.20s`, `3m 5s`, `2h 10m`, `3d 4h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 100 ? ms.toFixed(1) : Math.round(ms)}ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)}s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h ${Math.floor((seconds % 3_600) / 60)}m`
  return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3_600)}h`
}
