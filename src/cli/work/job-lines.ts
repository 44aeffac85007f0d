import type { JobEvent, Outcome } from '../../contract/events.ts'
import type { Ms } from '../../contract/time.ts'
import type { Emitter } from '../../emitter.ts'
import { duration, oneLine, type Style, safeLines, shortened, stamp } from '../output.ts'
import { redact } from '../secrets.ts'
import { longestName } from './job-records.ts'

export interface JobLineOptions {
  readonly style: Style
  readonly verbose: boolean
  readonly quiet: boolean
  readonly write: (line: string) => void
  readonly width: () => number
  readonly now: () => Date
}

type Paint = keyof Style

const ends: Readonly<Record<Outcome, readonly [label: string, paint: Paint]>> = {
  deleted: ['DONE', 'green'],
  released: ['RELEASED', 'yellow'],
  failed: ['FAIL', 'red'],
  unsettled: ['UNSETTLED', 'yellow'],
}

/** Wider lines are hard to follow with the eye. */
const widest = 150

/** One line for each run on a terminal, in Laravel's look: time, name, dots, how long, how it ended. */
export function showJobLines(emitter: Emitter, options: JobLineOptions): void {
  const { quiet, verbose, write, style } = options
  const line = (event: JobEvent, took: Ms | null, label: string, paint: Paint) =>
    write(jobLine(event, took, label, paint, options))
  if (verbose && !quiet) emitter.on('job:processing', (event) => line(event, null, 'RUNNING', 'yellow'))
  if (!quiet) emitter.on('job:processed', (event) => line(event, event.durationMs, ...ends[event.outcome]))
  emitter.on('job:error', (event) => {
    line(event, event.durationMs, 'FAIL', 'red')
    const { error, willRetry, delayMs } = event
    const text = verbose ? (error.stack ?? error.message) : error.message
    const next = willRetry
      ? style.grey(` (again ${delayMs > 0 ? `in ${duration(delayMs)}` : 'at once'})`)
      : ''
    write(`${indented(safeLines(redact(text)))}${next}\n`)
  })
}

function jobLine(
  event: JobEvent,
  took: Ms | null,
  label: string,
  paint: Paint,
  options: JobLineOptions,
): string {
  const { style, verbose, now, width } = options
  const time = stamp(now())
  const name = shortened(oneLine(event.name), longestName)
  const details = verbose ? ` ${oneLine(event.id)} ${oneLine(event.queue)} #${event.attempts}` : ''
  const end = `${took === null ? '' : `${duration(took)} `}${label}`
  const taken = 2 + time.length + 1 + name.length + details.length + 1 + 1 + end.length
  const dots = '.'.repeat(Math.max(3, Math.min(width(), widest) - taken - 1))
  const ending = `${took === null ? '' : style.grey(`${duration(took)} `)}${style[paint](label)}`
  return `  ${style.grey(time)} ${name}${style.grey(details)} ${style.grey(dots)} ${ending}\n`
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}
