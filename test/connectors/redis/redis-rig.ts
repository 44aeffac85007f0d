import { onTestFinished } from 'vitest'
import { redisConnector } from '../../../src/connectors/redis/index.ts'
import type { WorkerOptions } from '../../../src/contract/config.ts'
import { type Envelope, isPullConnector, type PullConnector } from '../../../src/contract/connector.ts'
import type { EventName, QueueEvents } from '../../../src/contract/events.ts'
import { defineJob, type Job, type JobFunction } from '../../../src/contract/job.ts'
import { Emitter } from '../../../src/emitter.ts'
import { encodeData, encodePayload } from '../../../src/payload.ts'
import { systemClock } from '../../../src/process/clock.ts'
import type { WorkerParts } from '../../../src/worker/parts.ts'
import { Worker } from '../../../src/worker/worker.ts'
import { registryOf, usualOptions, workerEvents } from '../../worker/rig.ts'

export type RedisOptions = Readonly<Record<string, unknown>>

/** An open connector, closed when the test ends. */
export async function openRedis(options: RedisOptions): Promise<PullConnector> {
  const connector = await makeRedis(options)
  await connector.open()
  return connector
}

/** The same without opening it. */
export async function makeRedis(options: RedisOptions): Promise<PullConnector> {
  const connector = await redisConnector({ ...options }, { connection: 'main', root: '/' })
  if (!isPullConnector(connector)) throw new Error('not the redis connector')
  onTestFinished(() => connector.close())
  return connector
}

let made = 0

/** A job for the rig's worker, as the queue's client would write it. */
export function envelope(data: unknown = '', queue = 'default', delayMs = 0): Envelope {
  const id = `id${String(++made).padStart(30, '0')}`
  return {
    id,
    queue,
    job: 'J',
    body: encodePayload('member', { job: 'J', data: encodeData(data), id }),
    delayMs,
  }
}

/** Ready, delayed, reserved and failed jobs. */
export async function counts(connector: PullConnector, queue = 'default'): Promise<readonly number[]> {
  const { ready, delayed, reserved, failed } = await connector.size(queue)
  return [ready, delayed, reserved, failed]
}

type Heard = { [Name in EventName]: { readonly name: Name; readonly event: QueueEvents[Name] } }[EventName]
type Run = (data: unknown, job: Job) => unknown

/** A real worker on a connector and a real clock; its one job is called `J`. Stopped when the test ends. */
export class RedisRig {
  readonly connector: PullConnector
  readonly heard: Heard[] = []
  /** What the job was given, at each run that began. */
  readonly ran: unknown[] = []
  readonly #waiting = new Set<() => void>()

  constructor(
    connector: PullConnector,
    run: Run = () => undefined,
    own: Partial<WorkerOptions> = {},
    parts: Partial<WorkerParts> = {},
  ) {
    this.connector = connector
    const emitter = new Emitter()
    for (const name of workerEvents) emitter.on(name, (event) => this.#hear({ name, event } as Heard))
    const job: JobFunction<never> = defineJob(async (data: unknown, delivery) => {
      this.ran.push(data)
      this.#wake()
      await run(data, delivery)
    })
    const worker = new Worker({
      connector,
      registry: registryOf({ J: job }),
      options: { ...usualOptions, ...own },
      emitter,
      clock: systemClock,
      memory: { used: () => 0, collect: () => undefined },
      keepFailedMs: null,
      ...parts,
    })
    const ended = worker.run()
    onTestFinished(async () => {
      worker.stopNow('signal')
      await ended
    })
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

  /** The next event of a name, not counting those so far. */
  next<Name extends EventName>(name: Name): Promise<QueueEvents[Name]> {
    return this.nth(name, this.all(name).length + 1)
  }

  /** Resolves when so many jobs have begun. */
  async began(count: number): Promise<void> {
    await this.until(() => this.ran.length >= count)
  }

  /** Resolves when it holds after an event, or does already. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #hear(heard: Heard): void {
    this.heard.push(heard)
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** How long something took, ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
