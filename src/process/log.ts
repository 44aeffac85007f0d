import { createRequire } from 'node:module'
import { type Logger, pino } from 'pino'
import type pretty from 'pino-pretty'
import { escapeControls } from './json-line.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export interface LogOptions {
  /** Lines for people on a terminal; JSON lines otherwise. */
  readonly style: 'terminal' | 'json'
  readonly colors: boolean
  /** The least level that is written. */
  readonly level: 'debug' | 'info' | 'warn'
  /** Fields of every JSON line. */
  readonly fields: Readonly<Record<string, unknown>>
  /** How a terminal line shows when it was written. */
  readonly time: () => string
  /** Default: stdout. */
  readonly write?: (line: string) => void
}

/** The log of a worker, on stdout: what it is given is written before the call returns. */
export function createLog(options: LogOptions): Log {
  const { write = writeOut } = options
  return pino(
    {
      level: options.level,
      base: options.style === 'json' ? { pid: process.pid, ...options.fields } : {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write:
        options.style === 'json' ? (line) => write(escapeControls(line)) : terminalWriter(options, write),
    },
  )
}

function writeOut(line: string): void {
  process.stdout.write(line)
}

/** Loaded only for a terminal: it takes longer to load than pino itself. */
function terminalWriter({ colors, time }: LogOptions, write: (line: string) => void): (line: string) => void {
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof pretty
  const format = prettyFactory({
    colorize: colors,
    hideObject: true,
    customColors: { message: 'reset', info: 'green', warn: 'yellow', error: 'red', debug: 'gray' },
    customPrettifiers: { time },
  })
  return (line) => {
    write(format(JSON.parse(line) as Record<string, unknown>))
  }
}
