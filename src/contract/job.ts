import type { OnceOptions } from './effects.ts'
import type { Seconds } from './time.ts'

/** One delivery, as the handler sees it. */
export interface Job {
  readonly id: string
  /** The name in the payload, as it was pushed: `Job1`, `app\lib\job\Job2@task1`. */
  readonly name: string
  readonly queue: string
  /** Deliveries so far, this one included: 1 the first time. */
  readonly attempts: number
  /** The payload text, byte for byte as stored. */
  readonly rawBody: string
  /** Aborts when the job's time is up, its lease is lost, or the worker gives up waiting for it. */
  readonly signal: AbortSignal
  readonly isDeleted: boolean
  readonly isReleased: boolean
  readonly hasFailed: boolean
  /**
   * Removes the job: it is done. True when the store confirmed, false when the lease was lost, or ended before the store
   * answered; never rejects.
   */
  delete(): Promise<boolean>
  /** Puts the job back, due in so many seconds (default 0). Answers as `delete()`. */
  release(delay?: Seconds): Promise<boolean>
  /** Buries the job now, whatever tries are left, and calls `failed(data, reason)`. Answers as `delete()`. */
  fail(reason?: unknown): Promise<boolean>
  /**
   * Runs `fn`, an effect outside the database (a text message), unless an earlier run has done it; answers whether it ran. "Started"
   * is kept in the store before `fn` and "done" after it, both tried until they succeed as long as the lease lives; for thirty days
   * (`effects.keep`) no job does an effect of that key again, and one that is at it is waited for. When `fn` throws, the effect counts as
   * not done, unless it throws `EffectUnknown`.
   * `key` names the effect for all jobs alike: `sms:order:42`, at most 200 bytes. Rejects with what `fn` throws, `EffectUnknown`
   * (see `ifUnknown`), or `QueueError`: `ONCE_KEY` (no key, or that of a job with another name or other data), `LEASE_LOST` (`fn`
   * was not run), `ONCE_UNRECORDED` (it was, and the store could not be told). Do not await it inside a transaction on the store's own
   * SQLite file: it would wait for that transaction.
   */
  once(key: string, fn: () => unknown, options?: OnceOptions): Promise<boolean>
  /**
   * The same for an effect inside `tx`, which is what `push` takes as `tx`: it and the note that it was done commit together or not at
   * all. Rejects with what `fn` throws, the database's error, or `QueueError`: `ONCE_KEY`, `TX_UNUSABLE` (no transaction), `TX_UNKNOWN`
   * (nobody can tell where it is), `ONCE_TABLE` (the queue is elsewhere, and the table of these notes could not be made there).
   */
  onceIn(tx: unknown, key: string, fn: () => unknown): Promise<boolean>
  /**
   * Deletes the job in the transaction that does its work, on the database connector and in its database. Rejects with
   * `QueueError`, so that the transaction rolls back: `LEASE_LOST` (somebody else has the job), `SETTLED` (it was deleted, released
   * or failed before), `TX_ELSEWHERE` (the queue is not in that database), `TX_UNUSABLE`, `TX_UNKNOWN`. Return or throw only after the
   * commit or rollback.
   */
  deleteIn(tx: unknown): Promise<void>
}

/** What a job may say of itself, as static members of its class or as options of `defineJob`. */
export interface JobSettings {
  /** Deliveries before it is buried; 0: for ever. */
  readonly tries?: number
  /** Longest run. */
  readonly timeout?: Seconds
  /** Wait before the next try: one figure, one for each attempt (the last repeats), or 'exponential'. */
  readonly backoff?: Backoff
  /** The queue it is pushed to when none is named. */
  readonly queue?: string
  /** Where it runs: in a thread or a process beside the worker, which a time-out can end; false: in the worker, whatever `--isolate` says. */
  readonly isolate?: Isolation | false
  /** Most MB of heap while it is isolated; a process also ends when it has grown by 64 MB more than that. */
  readonly memory?: number
  /** Around each run, inside the middleware of the configuration; the first is outermost. */
  readonly middleware?: readonly Middleware[]
}

export type Isolation = 'thread' | 'process'

/**
 * A function around each run of a job: `next()` is the run and rejects with what it throws. What this throws is what the run throws; a
 * job whose `next` is not called counts as one that returned.
 */
export type Middleware = (job: Job, next: () => Promise<unknown>) => unknown

export type Backoff = Seconds | readonly Seconds[] | 'exponential'

/** An instance of a job class: `fire`, or tasks of any name, and perhaps `failed`. */
export interface Handler<Data = never> {
  fire?(job: Job, data: Data): unknown
  /** Called once, after the job was buried; an error in it is only logged. */
  failed?(data: Data, reason: Error): unknown
}

/** A job class. Its file's name is its name, unless `jobName` says otherwise. */
export interface JobClass<Data = never> extends JobSettings {
  new (): { fire(job: Job, data: Data): unknown }
  readonly jobName?: string
}

/** What `defineJob` makes: deleted by the worker when it returns. */
export interface JobFunction<Data = never> extends JobSettings {
  readonly kind: typeof jobFunctionKind
  readonly jobName?: string
  readonly run: (data: Data, job: Job) => unknown
  readonly failed?: (data: Data, reason: Error) => unknown
}

/** A registered symbol, so that two copies of this package understand each other's jobs. */
const jobFunctionKind: unique symbol = Symbol.for('thinkq.job') as never

export interface DefineJobOptions<Data> extends JobSettings {
  /** The name it is pushed by; default: its file's. */
  readonly name?: string
  readonly failed?: (data: Data, reason: Error) => unknown
}

/** A job as one function: `export default defineJob(async (data: { id: number }, job) => …)`. It is deleted when it returns. */
export function defineJob<Data>(run: (data: Data, job: Job) => unknown): JobFunction<Data>
export function defineJob<Data>(
  options: DefineJobOptions<Data>,
  run: (data: Data, job: Job) => unknown,
): JobFunction<Data>
export function defineJob<Data>(
  first: DefineJobOptions<Data> | ((data: Data, job: Job) => unknown),
  second?: (data: Data, job: Job) => unknown,
): JobFunction<Data> {
  const options: DefineJobOptions<Data> = typeof first === 'function' ? {} : first
  const run = typeof first === 'function' ? first : second
  if (typeof run !== 'function')
    throw new TypeError('defineJob: the last argument must be the function to run')
  const { name, ...settings } = options
  return { kind: jobFunctionKind, ...settings, ...(name === undefined ? {} : { jobName: name }), run }
}

export function isJobFunction(value: unknown): value is JobFunction<unknown> {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === jobFunctionKind
}

/** The data a job class or function takes. */
export type DataOf<J> = J extends { new (): { fire(job: Job, data: infer Data): unknown } }
  ? Data
  : J extends { readonly run: (data: infer Data, job: Job) => unknown }
    ? Data
    : never

/** Anything that can be pushed: a class, a function of `defineJob`, or a name. */
// biome-ignore lint/suspicious/noExplicitAny: the data type is recovered by DataOf
export type Pushable = JobClass<any> | JobFunction<any> | string

/** One job the worker can run, as the registry found it. */
export interface JobEntry extends JobSettings {
  /** As the registry knows it: `Job1`, `admin/Job1`, and `admin/Job1@task` for a task other than `fire`. */
  readonly name: string
  /** The module it came from, absolute. */
  readonly file: string
  /** `function` jobs are deleted on return; `class` jobs settle themselves. */
  readonly kind: 'class' | 'function'
  /** Makes what one delivery needs; a fresh instance for a class. */
  open(): OpenedJob
}

export interface OpenedJob {
  run(job: Job, data: unknown): unknown
  readonly failed: ((data: unknown, reason: Error) => unknown) | undefined
  /** Where what runs can be ended from outside: ends it, and it rejects. */
  readonly end?: () => void
}

/** Names to jobs. Nothing but this map is reachable from a payload. */
export interface JobRegistry {
  /** The job and task a payload's name means. Throws `UnknownJob`, naming near ones. */
  resolve(name: string): JobEntry
  readonly entries: readonly JobEntry[]
}
