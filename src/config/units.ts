import type { Config, ConnectionConfig, WorkerOptions } from '../contract/config.ts'
import { ConfigError } from '../contract/errors.ts'
import type { Backoff, Isolation } from '../contract/job.ts'
import { backoffMs } from '../contract/retry.ts'
import type { Ms, Seconds } from '../contract/time.ts'
import { maxSeconds, mostProcesses } from './worker-schema.ts'

/** What the flags of `queue work` say; what is left out falls to the configuration. */
export interface WorkerFlags {
  /** A comma list, in strict order of preference. */
  readonly queue?: string
  readonly tries?: number
  readonly timeout?: Seconds
  readonly delay?: Seconds
  readonly backoff?: Backoff
  /** MB. */
  readonly memory?: number
  readonly sleep?: Seconds
  readonly concurrency?: number
  /** 0: none. */
  readonly prefetch?: number
  readonly grace?: Seconds
  readonly isolate?: Isolation
  readonly rest?: Seconds
  /** 0: no limit. */
  readonly maxJobs?: number
  /** 0: no limit. */
  readonly maxTime?: Seconds
  /** One job at most. */
  readonly once?: boolean
  readonly stopWhenEmpty?: boolean
  readonly force?: boolean
}

/** After a stop signal, where neither grace nor time-out says how long a job may take. */
const defaultGraceMs: Ms = 60_000

/**
 * What the worker obeys, in milliseconds: a flag beats the configuration (its file, and the environment over it), a backoff
 * beats a delay of the same rank, and a flag's delay beats the configuration's backoff. Throws a `ConfigError`.
 */
export function workerOptions(
  config: Config,
  connection: ConnectionConfig,
  flags: WorkerFlags = {},
): WorkerOptions {
  const { worker } = config
  const timeoutMs = inMs(flags.timeout ?? worker.timeout)
  const grace = flags.grace ?? worker.grace
  const backoff = backoffFor(config, flags)
  return {
    queues: queueNames(flags.queue ?? connection.default),
    concurrency: flags.concurrency ?? worker.concurrency,
    prefetch: flags.prefetch ?? worker.prefetch,
    isolate: flags.isolate ?? worker.isolate,
    expireMs: connection.expire === null ? null : inMs(connection.expire),
    tries: flags.tries ?? worker.tries,
    timeoutMs,
    backoffMs: (attempt) => backoffMs(backoff, attempt),
    backoffOf: backoffMs,
    sleepMs: inMs(flags.sleep ?? worker.sleep),
    graceMs: grace === undefined ? timeoutMs || defaultGraceMs : inMs(grace),
    restMs: inMs(flags.rest ?? worker.rest),
    memoryBytes: (flags.memory ?? worker.memory) * 1024 * 1024,
    maxJobs: flags.once ? 1 : flags.maxJobs || Infinity,
    maxTimeMs: inMs(flags.maxTime || Infinity),
    stopWhenEmpty: flags.stopWhenEmpty ?? false,
    once: flags.once ?? false,
    force: flags.force ?? false,
    autoDelete: config.autoDelete,
    unknownJob: config.unknownJob === 'bury' ? 'bury' : { releaseMs: inMs(config.unknownJob.release) },
    bigNumbers: config.bigNumbers,
    maxPayload: config.maxPayload,
  }
}

/** How long to wait before another try of a job that says nothing itself. */
export function backoffFor({ worker }: Config, flags: WorkerFlags): Backoff {
  return flags.backoff ?? flags.delay ?? worker.backoff ?? worker.delay
}

/** `exponential`, a figure or a comma list of seconds, as `--backoff` takes them. Throws a `ConfigError` beginning with `name`. */
export function parseBackoff(text: string, name = '--backoff'): Backoff {
  if (text.trim().toLowerCase() === 'exponential') return 'exponential'
  const waits = text.split(',').map((each) => readSeconds(each.trim()))
  if (waits.some((wait) => wait === undefined))
    throw new ConfigError(
      `${name} is "${text}"; expected seconds for each attempt such as 3,10,60, or exponential`,
    )
  return waits.length === 1 ? waits[0]! : (waits as Seconds[])
}

/** Seconds, fractions allowed, from 0 to a year. Throws a `ConfigError` beginning with `name`, such as `--sleep`. */
export function parseSeconds(text: string, name: string): Seconds {
  const value = readSeconds(text.trim())
  if (value === undefined)
    throw new ConfigError(`${name} is "${text}"; expected seconds, a number from 0 to ${maxSeconds}`)
  return value
}

/** Throws a `ConfigError` beginning with `name`. */
export function parseIsolation(text: string, name: string): Isolation {
  if (text === 'thread' || text === 'process') return text
  throw new ConfigError(`${name} is "${text}"; expected thread or process`)
}

/** Hours, fractions allowed. Throws a `ConfigError` beginning with `name`. */
export function parseHours(text: string, name: string): number {
  const value = readSeconds(text.trim())
  if (value === undefined)
    throw new ConfigError(`${name} is "${text}"; expected hours, a number from 0 to ${maxSeconds}`)
  return value
}

/** As `parseSeconds`, but not 0: for the length of a lease. */
export function parsePositiveSeconds(text: string, name: string): Seconds {
  const value = parseSeconds(text, name)
  if (value < 0.001) throw new ConfigError(`${name} is "${text}"; expected more than 0 seconds`)
  return value
}

/** A whole number from 0 to a thousand million. Throws a `ConfigError` beginning with `name`. */
export function parseCount(text: string, name: string): number {
  const digits = text.trim()
  const value = Number(digits)
  if (!/^\d+$/.test(digits) || value > 1_000_000_000)
    throw new ConfigError(`${name} is "${text}"; expected a whole number from 0 to 1000000000`)
  return value
}

/** As `parseCount`, but not 0: for what makes no sense without one. */
export function parsePositiveCount(text: string, name: string): number {
  const value = parseCount(text, name)
  if (value === 0) throw new ConfigError(`${name} is "${text}"; expected at least 1`)
  return value
}

/** As `parsePositiveCount`, up to what one machine may be asked to start. */
export function parseProcesses(text: string, name: string): number {
  const value = parsePositiveCount(text, name)
  if (value > mostProcesses) throw new ConfigError(`${name} is "${text}"; expected at most ${mostProcesses}`)
  return value
}

function readSeconds(text: string): Seconds | undefined {
  const value = Number(text)
  return /^(\d+\.?\d*|\.\d+)$/.test(text) && value <= maxSeconds ? value : undefined
}

function queueNames(list: string): readonly string[] {
  const names = [...new Set(list.split(',').map((name) => name.trim()))].filter((name) => name !== '')
  if (names.length === 0) throw new ConfigError(`--queue is "${list}"; expected names separated by commas`)
  return names
}

function inMs(seconds: Seconds): Ms {
  return Math.round(seconds * 1_000)
}
