import type { QueueSize } from './contract/connector.ts'
import { isPullConnector } from './contract/connector.ts'
import { QueueError } from './contract/errors.ts'
import type { DataOf, JobClass, JobFunction, Pushable } from './contract/job.ts'
import type { Outbox } from './contract/outbox.ts'
import type { Seconds } from './contract/time.ts'
import { checkQueueName } from './payload.ts'
import { envelopes, type Naming, named, type Planned, planned } from './queue/planned-job.ts'

export interface PushOptions {
  /** Default: the job's own `queue`, else the configured one. */
  readonly queue?: string
  readonly delay?: Seconds
  /**
   * The job's id, of your own choice, at most 200 characters: a second push with the same id within ten minutes stores nothing and
   * answers it. Only for stores that keep ids (Redis); elsewhere the push rejects.
   */
  readonly id?: string
  /**
   * A transaction of `createDatabase`, a connection of mysql2 with one open, or anything with `execute(sql, params)` that runs SQL
   * in one: the job exists when it commits, and only then.
   */
  readonly tx?: unknown
}

/** One entry of `bulk`. */
export interface BulkJob<J extends Pushable = Pushable> {
  readonly job: J
  readonly data?: J extends string ? unknown : DataOf<J>
  readonly queue?: string
  readonly delay?: Seconds
  /** As in `PushOptions`. */
  readonly id?: string
}

// biome-ignore lint/suspicious/noExplicitAny: the data type is recovered by DataOf
type Typed = JobClass<any> | JobFunction<any>

/** What a producer needs to know of the configuration, once it has been found. */
export interface QueueSurroundings extends Naming {
  /** Takes what is pushed in a transaction that the connector's store knows nothing of. */
  readonly outbox?: Outbox | undefined
  readonly close: () => Promise<void>
}

const noJobs: QueueSize = { ready: 0, delayed: 0, reserved: 0, failed: 0, oldestMs: null }

/** The producer's side. It connects at the first call, and nothing it holds keeps a process alive. */
export class QueueClient {
  #surroundings: () => Promise<QueueSurroundings>
  #found: Promise<QueueSurroundings> | undefined
  #opened: Promise<QueueSurroundings> | undefined
  /** What `#opened` resolved to. */
  #ready: QueueSurroundings | undefined

  constructor(surroundings: () => Promise<QueueSurroundings>) {
    this.#surroundings = surroundings
  }

  /**
   * Puts a job into a queue, due at once. `data` is anything JSON can say and is read before this returns. Answers the job's id
   * once the store has it. Rejects with `PayloadError` for data that cannot be stored, `QueueError` `JOB_NAME` for a class whose
   * name cannot be told, `ConfigError` for a bad queue name, `PushOutcomeUnknown` when the answer was lost on the way (its `retry()`
   * repeats the command without doubling), or the store's error: then nothing was stored.
   */
  push<J extends Typed>(job: J, data: DataOf<J>, queue?: string | PushOptions | null): Promise<string>
  push(job: string, data?: unknown, queue?: string | PushOptions | null): Promise<string>
  async push(job: Pushable, data?: unknown, queue?: string | PushOptions | null): Promise<string> {
    const options = typeof queue === 'object' && queue !== null ? queue : queue == null ? {} : { queue }
    const [id] = await this.#send([planned(job, data, options)], options.tx)
    return id!
  }

  /** As `push`, due in `delay` seconds (fractions allowed, rounded up to what the store can tell apart). */
  later<J extends Typed>(
    delay: Seconds,
    job: J,
    data: DataOf<J>,
    queue?: string | PushOptions | null,
  ): Promise<string>
  later(delay: Seconds, job: string, data?: unknown, queue?: string | PushOptions | null): Promise<string>
  async later(delay: Seconds, job: Pushable, data?: unknown, queue?: string | PushOptions | null) {
    const options = typeof queue === 'object' && queue !== null ? queue : queue == null ? {} : { queue }
    const [id] = await this.#send([planned(job, data, { ...options, delay })], options.tx)
    return id!
  }

  /** Stores many jobs whole or not at all. Answers their ids in order; rejects as `push`. */
  async bulk<const Jobs extends readonly Pushable[]>(
    jobs: { readonly [At in keyof Jobs]: BulkJob<Jobs[At]> },
    options: PushOptions = {},
  ): Promise<readonly string[]> {
    if (jobs.length === 0) return []
    const batch = jobs.map((each: BulkJob) => planned(each.job, each.data, each, options))
    return this.#send(batch, options.tx)
  }

  /** How many jobs a queue holds; a connector without a queue (sync) holds none. */
  async size(queue?: string | null): Promise<QueueSize> {
    const { connector, defaultQueue } = await this.open()
    if (!isPullConnector(connector)) return noJobs
    return connector.size(checkQueueName(named(queue) ?? defaultQueue))
  }

  /** Finds the configuration and connects now, so that a mistake shows at the start of a program. */
  open(): Promise<QueueSurroundings> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  /** Lets go of the connection; a later call makes a new one. */
  async close(): Promise<void> {
    const found = this.#found
    this.#found = undefined
    this.#opened = undefined
    this.#ready = undefined
    const surroundings = await found?.catch(() => undefined)
    await surroundings?.close()
  }

  /** Sends everything there until the answer is called, and keeps its own connection meanwhile: for tests. */
  redirect(surroundings: () => Promise<QueueSurroundings>): () => void {
    const [before, found, opened, ready] = [this.#surroundings, this.#found, this.#opened, this.#ready]
    this.#surroundings = surroundings
    this.#found = undefined
    this.#opened = undefined
    this.#ready = undefined
    return () => {
      this.#surroundings = before
      this.#found = found
      this.#opened = opened
      this.#ready = ready
    }
  }

  async #open(): Promise<QueueSurroundings> {
    try {
      const finding = this.#find()
      const found = this.#found
      const surroundings = await finding
      await surroundings.connector.open()
      if (this.#found === found) this.#ready = surroundings
      return surroundings
    } catch (error) {
      this.#opened = undefined
      throw error
    }
  }

  async #find(): Promise<QueueSurroundings> {
    this.#found ??= this.#surroundings()
    try {
      return await this.#found
    } catch (error) {
      this.#found = undefined
      throw error
    }
  }

  /** Throws as well as rejects. */
  #send(batch: readonly Planned[], tx: unknown): Promise<readonly string[]> {
    if (tx !== undefined) return this.#sendIn(tx, batch)
    const ready = this.#ready
    if (ready !== undefined) return ready.connector.push(envelopes(batch, ready))
    return this.open().then((found) => found.connector.push(envelopes(batch, found)))
  }

  async #sendIn(tx: unknown, batch: readonly Planned[]): Promise<readonly string[]> {
    // What opening a store may have to create would wait for the lock that an open transaction holds.
    const surroundings = await this.#find()
    const jobs = envelopes(batch, surroundings)
    const { connector, outbox } = surroundings
    const ids = (await connector.pushIn?.(tx, jobs)) ?? (await outbox?.pushIn(tx, jobs)) ?? null
    if (ids !== null) return ids
    throw elsewhere(surroundings)
  }
}

function elsewhere({ connector, outbox }: QueueSurroundings): QueueError {
  const where =
    outbox === undefined
      ? `is not in the store of this ${connector.name} connection`
      : `is neither in the store of this ${connector.name} connection nor in the database of its outbox`
  return new QueueError(
    'TX_ELSEWHERE',
    `push with tx: the transaction ${where}, so the job could not commit with it. Use the database connector on the same database, ` +
      'set DATABASE_URL to it where the jobs are in Redis, or push after the commit',
  )
}
