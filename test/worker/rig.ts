import { onTestFinished } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import { MemoryStore } from '../../src/connectors/memory/store.ts'
import type { WorkerOptions } from '../../src/contract/config.ts'
import type { PullConnector, Reservation } from '../../src/contract/connector.ts'
import { StoreError } from '../../src/contract/errors.ts'
import type { EventName, QueueEvents, StopReason } from '../../src/contract/events.ts'
import type { Infrastructure } from '../../src/contract/infrastructure.ts'
import { defineJob, isJobFunction, type JobFunction, type JobRegistry } from '../../src/contract/job.ts'
import { backoffMs } from '../../src/contract/retry.ts'
import { Control } from '../../src/control.ts'
import { Emitter } from '../../src/emitter.ts'
import { type FoundJob, foundClass, foundFunction, type LoadedClass } from '../../src/jobs/entry.ts'
import { Registry } from '../../src/jobs/registry.ts'
import { readSettings } from '../../src/jobs/settings.ts'
import { encodeData, encodePayload } from '../../src/payload.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { type FaultyConnector, faulty } from '../../src/testing/faulty.ts'
import { type Overseer, oversight } from '../../src/worker/oversight.ts'
import { Worker } from '../../src/worker/worker.ts'

export const away = new StoreError('the store is away', { transient: true })

/** Every event that a worker emits. */
export const workerEvents: readonly EventName[] = [
  'job:processing',
  'job:processed',
  'job:error',
  'job:failed',
  'job:lost',
  'job:warning',
  'worker:start',
  'worker:idle',
  'worker:pause',
  'worker:resume',
  'worker:stop',
  'store:down',
  'store:up',
  'store:warning',
  'infrastructure:down',
  'infrastructure:up',
]

/** How a worker of the tests runs unless a test says otherwise. */
export const usualOptions: WorkerOptions = {
  queues: ['default'],
  concurrency: 1,
  prefetch: undefined,
  isolate: undefined,
  expireMs: 60_000,
  tries: 3,
  timeoutMs: 30_000,
  backoffMs: () => 0,
  backoffOf: (backoff, attempt) => backoffMs(backoff, attempt, () => 1),
  sleepMs: 3_000,
  graceMs: 10_000,
  restMs: 0,
  memoryBytes: 0,
  maxJobs: Infinity,
  maxTimeMs: Infinity,
  stopWhenEmpty: false,
  once: false,
  force: false,
  autoDelete: false,
  unknownJob: 'bury',
  bigNumbers: 'bigint',
  maxPayload: 1024 * 1024,
}

type JobSource = JobFunction<never> | (new () => object)

export interface RigOptions extends Partial<WorkerOptions> {
  readonly keepFailedMs?: number | null
  readonly infrastructure?: readonly Infrastructure[]
  /** Bytes in use, as the worker is told. */
  readonly memoryUsed?: () => number
  readonly collect?: () => void
  /** What stands between the worker and the memory store. */
  readonly wrap?: (connector: PullConnector) => PullConnector
  /** Share it to see the same jobs from two workers. */
  readonly store?: MemoryStore
  readonly clock?: FakeClock
  readonly overseer?: Overseer
  /** What stands between the worker and its jobs. */
  readonly around?: (registry: JobRegistry) => JobRegistry
}

type Heard = { [Name in EventName]: { readonly name: Name; readonly event: QueueEvents[Name] } }[EventName]

/** A worker on a memory store whose time the test owns; it is stopped when the test ends. */
export class Rig {
  readonly clock: FakeClock
  readonly store: MemoryStore
  /** What the test itself uses: never faulty. */
  readonly connector: MemoryConnector
  /** What the worker uses. */
  readonly faulty: FaultyConnector
  readonly control: Control
  readonly worker: Worker
  readonly heard: Heard[] = []
  readonly #emitter: Emitter
  readonly #waiting = new Set<() => void>()
  #ids = 0

  constructor(jobs: Readonly<Record<string, JobSource>>, rigged: RigOptions = {}) {
    const {
      keepFailedMs = null,
      infrastructure = [],
      memoryUsed = () => 0,
      collect = () => {},
      wrap,
      store,
      clock,
      overseer,
      around = (registry) => registry,
      ...own
    } = rigged
    this.clock = clock ?? new FakeClock()
    this.store = store ?? new MemoryStore()
    this.connector = new MemoryConnector({ store: this.store, clock: this.clock })
    this.faulty = faulty(wrap?.(this.connector) ?? this.connector)
    this.control = new Control(this.connector, this.clock)
    this.#emitter = new Emitter()
    for (const name of workerEvents) this.#emitter.on(name, (event) => this.#hear({ name, event } as Heard))
    this.worker = new Worker({
      connector: this.faulty,
      registry: around(registryOf(jobs)),
      options: { ...usualOptions, ...own },
      emitter: this.#emitter,
      clock: this.clock,
      memory: { used: memoryUsed, collect },
      keepFailedMs,
      infrastructure,
      ...(overseer && oversight(overseer, this.clock)),
    })
  }

  /** Runs the worker; the test's end stops it. */
  start(): Promise<StopReason> {
    const ended = this.worker.run()
    onTestFinished(async () => {
      this.worker.stopNow('signal')
      let over = false
      void ended.then(
        () => (over = true),
        () => (over = true),
      )
      while (!over) await this.advance(1_000)
    })
    return ended
  }

  async push(job: string, data: unknown = '', { queue = 'default', delayMs = 0 } = {}): Promise<string> {
    const id = `id-${++this.#ids}`
    const body = encodePayload('row', { job, data: encodeData(data), id })
    await this.connector.push([{ id, queue, job, body, delayMs }])
    return id
  }

  async pushRaw(body: string, queue = 'default'): Promise<string> {
    const id = `raw-${++this.#ids}`
    await this.connector.push([{ id, queue, job: '?', body, delayMs: 0 }])
    return id
  }

  /** The events of a name so far. */
  all<Name extends EventName>(name: Name): QueueEvents[Name][] {
    return this.heard.filter((each) => each.name === name).map(({ event }) => event as QueueEvents[Name])
  }

  /** The `count`th event of a name, waiting for it if need be. */
  async nth<Name extends EventName>(name: Name, count = 1): Promise<QueueEvents[Name]> {
    await this.until(() => this.all(name).length >= count)
    return this.all(name)[count - 1]!
  }

  /** Resolves when it holds after an event, or does already. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /** Resolves when the worker has nothing to do and waits for jobs. */
  async idle(): Promise<void> {
    await this.nth('worker:idle', this.all('worker:idle').length + 1)
    await quiescence()
  }

  /** Moves time on; the worker has done all it can at each moment before the next one comes. */
  async advance(ms: number): Promise<void> {
    await quiescence()
    for (let left = ms; left > 0; ) {
      const step = Math.min(left, Math.max(this.clock.nextMs ?? Infinity, 0))
      await this.clock.advance(step)
      await quiescence()
      left -= step
    }
  }

  /** Ready, delayed, reserved and failed jobs. */
  async counts(queue = 'default'): Promise<readonly number[]> {
    const { ready, delayed, reserved, failed } = await this.connector.size(queue)
    return [ready, delayed, reserved, failed]
  }

  #hear(heard: Heard): void {
    this.heard.push(heard)
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** A worker's turn takes a round of the event loop; this is more than any chain of them in these tests. */
async function quiescence(): Promise<void> {
  for (let round = 0; round < 8; round++) await new Promise((resolve) => setImmediate(resolve))
}

export interface Deferred<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (reason: unknown) => void
}

/** A promise that the test settles. */
export function deferred<Value = void>(): Deferred<Value> {
  let resolve!: (value: Value) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Makes waiting bring jobs already reserved, as a store with a blocking pop does. */
export function bringing(connector: PullConnector): PullConnector {
  const wait = connector.wait!.bind(connector)
  return Object.assign(connector, {
    async wait(
      queues: readonly string[],
      timeoutMs: number,
      signal: AbortSignal,
    ): Promise<readonly Reservation[]> {
      await wait(queues, timeoutMs, signal)
      return connector.reserve({ queues, limit: 1, expireMs: 60_000 })
    },
  })
}

/** Jobs that run until the test lets them go. */
export function held(options: RigOptions = {}) {
  const gates: Deferred<void>[] = []
  const signals: AbortSignal[] = []
  const slow = defineJob((_: unknown, job) => {
    const gate = deferred()
    gates.push(gate)
    signals.push(job.signal)
    return gate.promise
  })
  return { rig: new Rig({ slow, note }, { timeoutMs: 0, ...options }), gates, signals }
}

/** A job that is done at once. */
export const note = defineJob(() => {})

/** What real modules with these jobs would be registered as. */
export function registryOf(jobs: Readonly<Record<string, JobSource>>): Registry {
  const found = Object.entries(jobs).map(([name, job]) => [name, foundJob(name, job)] as const)
  return new Registry(found, new Map())
}

function foundJob(name: string, job: JobSource): FoundJob {
  const origin = { name, file: `/jobs/${name}.ts`, jobName: undefined, settings: readSettings(job).settings }
  if (isJobFunction(job)) return foundFunction(origin, job)
  return foundClass(origin, job as LoadedClass)
}
