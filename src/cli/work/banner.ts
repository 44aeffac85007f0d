import type { Context } from '../../compose.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import type { StopReason } from '../../contract/events.ts'
import type { JobProblem } from '../../jobs/problem.ts'
import type { Log } from '../../process/log.ts'
import { oneLine, print, type Style } from '../output.ts'

/** What a worker says of itself when it starts. */
export interface Start {
  readonly context: Context
  readonly options: WorkerOptions
  /** How many there are. */
  readonly jobs: number
  /** What is wrong with files of the jobs folder. */
  readonly faults: readonly Pick<JobProblem, 'files' | 'message'>[]
  /** Workers that are started as one; default: this one. */
  readonly processes?: number
}

export function logBanner(log: Log, { context, options, jobs, processes }: Start): void {
  const { queues, concurrency, tries, timeoutMs } = options
  log.info(
    {
      connector: context.connector.name,
      connection: context.name,
      queues,
      jobs,
      ...(processes === undefined ? {} : { processes }),
      concurrency,
      tries,
      timeout: timeoutMs / 1_000,
      config: context.config.file,
    },
    'started',
  )
}

export function showBanner(style: Style, { context, options, jobs, processes }: Start): void {
  const { queues, concurrency, tries, timeoutMs } = options
  const facts = [
    `${jobs === 1 ? '1 job' : `${jobs} jobs`} in ${context.config.jobs}`,
    ...(processes === undefined ? [] : [`${processes} processes`]),
    `concurrency ${concurrency}`,
    tries === 0 ? 'tries for ever' : `tries ${tries}`,
    timeoutMs === 0 ? 'no time-out' : `time-out ${timeoutMs / 1_000} s`,
  ]
  const listed = queues.map((queue) => style.bold(oneLine(queue))).join(', ')
  const name =
    context.name === context.connector.name ? context.name : `${context.name} (${context.connector.name})`
  print(`\n  ${style.green('INFO')} Taking jobs from ${listed} on ${style.bold(name)}.`)
  print(`  ${style.grey(facts.join(' · '))}\n`)
}

/** Why a worker ended, for people; `paused` are the queues that operators had paused at the end. */
export function stopText(
  reason: StopReason,
  options: WorkerOptions,
  paused: ReadonlySet<string> = new Set(),
): string {
  const { maxJobs, maxTimeMs, memoryBytes } = options
  const texts: Readonly<Record<StopReason, string>> = {
    signal: 'stopped by a signal',
    restart: 'stopped because queue restart was called',
    'max-jobs': `stopped after ${maxJobs} jobs (--max-jobs)`,
    'max-time': `stopped after ${maxTimeMs / 1_000} s (--max-time)`,
    empty: emptyText(options, paused),
    once: 'one job was run; --daemon keeps running',
    memory: `stopped because memory stayed above ${memoryBytes / 1024 / 1024} MB (--memory)`,
    timeout: 'stopped because a job did not end when its time was up',
    crash: 'stopped because of an error that nobody caught',
  }
  return texts[reason]
}

function emptyText({ queues, once }: WorkerOptions, paused: ReadonlySet<string>): string {
  const listed = (names: readonly string[]) => names.map(oneLine).join(', ')
  const open = queues.filter((queue) => !paused.has(queue))
  const are = paused.size === 1 ? 'is' : 'are'
  if (open.length === 0) return `${once ? 'no job was run' : 'stopped'}: ${listed(queues)} ${are} paused`
  const text = once
    ? `no job was waiting in ${listed(open)}`
    : `stopped because ${listed(open)} had nothing due`
  return paused.size === 0 ? text : `${text}; ${listed([...paused])} ${are} paused`
}
