import type { Listeners } from './events.ts'
import type { Infrastructure } from './infrastructure.ts'
import type { Backoff, Isolation, Middleware } from './job.ts'
import type { Ms, Seconds } from './time.ts'

/** One connection as the user wrote it, spellings settled: `connector` is lower case or a module path. */
export interface ConnectionConfig {
  readonly connector: string
  /** Queue used when none is named. */
  readonly default: string
  /** Length of a lease in seconds; null: for ever. */
  readonly expire: Seconds | null
  /** Everything else, for the connector alone. */
  readonly options: Readonly<Record<string, unknown>>
}

/** How this project's worker runs: seconds as users write them. */
export interface WorkerConfig {
  readonly tries: number
  readonly timeout: Seconds
  readonly backoff: Backoff | undefined
  readonly delay: Seconds
  /** MB of used heap and external memory. */
  readonly memory: number
  readonly sleep: Seconds
  readonly grace: Seconds | undefined
  readonly rest: Seconds
  readonly concurrency: number
  /** Most jobs reserved beyond the free slots; undefined: what suits the store. */
  readonly prefetch: number | undefined
  /** Where jobs run that say nothing themselves; undefined: in the worker. */
  readonly isolate: Isolation | undefined
}

/** Workers of the same queues: their settings stand over those of every worker. */
export interface PoolConfig extends Partial<WorkerConfig> {
  /** In order of preference. */
  readonly queues: readonly string[]
  readonly min: number
  readonly max: number
}

/** Which worker processes one command keeps going. */
export interface ProcessesConfig {
  /** How many, or with pools how many at most; undefined: nobody said. */
  readonly total: number | undefined
  /** By name; none: all workers are alike. */
  readonly pools: Readonly<Record<string, PoolConfig>>
  /** Between two looks at what waits. */
  readonly every: Seconds
  /** How long a worker must have been one too many before it is ended. */
  readonly cooldown: Seconds
}

/** Where a process listens; port 0: one that is free. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** Health and metrics of workers. */
export interface HttpConfig {
  /** Null: they are not served. */
  readonly listen: ListenAddress | null
  /** What readers have to send; null: nothing. */
  readonly token: string | null
}

/** The database of the outbox, as a connection of the database connector says it. */
export interface OutboxConfig {
  readonly dsn?: unknown
  readonly prefix?: unknown
}

/** The whole configuration, checked and with every default filled in. */
export interface Config {
  /** Name of the connection used when none is named. */
  readonly connection: string
  readonly connections: Readonly<Record<string, ConnectionConfig>>
  /** Absolute folder of the job modules. */
  readonly jobs: string
  readonly worker: WorkerConfig
  readonly processes: ProcessesConfig
  readonly http: HttpConfig
  /** What classes do when `fire` returns unsettled: stay reserved (think-queue), or be deleted. */
  readonly autoDelete: boolean
  readonly unknownJob: 'bury' | { readonly release: Seconds }
  /** How integers beyond 2^53 reach a handler. */
  readonly bigNumbers: 'bigint' | 'string'
  /** Longest payload, in bytes of its text. */
  readonly maxPayload: number
  readonly failed: { readonly keep: Seconds | null }
  readonly effects: { readonly keep: Seconds | null }
  /** Where the application's transactions are, for jobs whose store is elsewhere; null: nobody said. */
  readonly outbox: OutboxConfig | null
  /** What it is called where this runs: production, test, …; null: nobody said. */
  readonly environment: string | null
  /** What this code is called; null: nobody said. */
  readonly release: string | null
  /** What jobs depend on, besides the databases that this package knows. */
  readonly infrastructure: readonly Infrastructure[]
  readonly on: Listeners
  /** Around each run of every job, the first outermost. */
  readonly middleware: readonly Middleware[]
  /** The file it came from, absolute; null: defaults and environment only. */
  readonly file: string | null
  /** Folder that relative paths start from. */
  readonly root: string
  /** Things worth telling the user once: an accepted but pointless option, the fall-back store. */
  readonly notices: readonly string[]
}

/** What the worker obeys, in milliseconds: made once from configuration and flags. */
export interface WorkerOptions {
  readonly queues: readonly string[]
  readonly concurrency: number
  /** Most jobs reserved beyond the free slots while jobs are quick, 0: none; undefined: what suits the store. */
  readonly prefetch: number | undefined
  /** Where jobs run that say nothing themselves; undefined: in the worker. */
  readonly isolate: Isolation | undefined
  readonly expireMs: Ms | null
  /** For a job that says nothing itself; 0: for ever. */
  readonly tries: number
  readonly timeoutMs: Ms
  /** Wait before try n + 1, n counting from 1. */
  readonly backoffMs: (attempt: number) => Ms
  /** The same for a job that says its own. */
  readonly backoffOf: (backoff: Backoff, attempt: number) => Ms
  readonly sleepMs: Ms
  readonly graceMs: Ms
  readonly restMs: Ms
  readonly memoryBytes: number
  /** Infinity: no limit. */
  readonly maxJobs: number
  /** Infinity: no limit. */
  readonly maxTimeMs: Ms
  readonly stopWhenEmpty: boolean
  readonly once: boolean
  readonly force: boolean
  readonly autoDelete: boolean
  readonly unknownJob: 'bury' | { readonly releaseMs: Ms }
  readonly bigNumbers: 'bigint' | 'string'
  readonly maxPayload: number
}
