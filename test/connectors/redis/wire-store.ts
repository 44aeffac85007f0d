import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest'
import { redisConnector } from '../../../src/connectors/redis/index.ts'
import type { WorkerOptions } from '../../../src/contract/config.ts'
import { isPullConnector, type PullConnector, type Reservation } from '../../../src/contract/connector.ts'
import type { EventName, QueueEvents } from '../../../src/contract/events.ts'
import type { Job, JobSettings } from '../../../src/contract/job.ts'
import type { Clock } from '../../../src/contract/time.ts'
import { Emitter } from '../../../src/emitter.ts'
import { systemClock } from '../../../src/process/clock.ts'
import { Worker } from '../../../src/worker/worker.ts'
import { type RedisServer, startRedis } from '../../redis-server.ts'
import { registryOf, usualOptions, workerEvents } from '../../worker/rig.ts'

/** One member as it is kept: its bytes in base64, and its score where it has one. */
export interface Kept {
  readonly base64: string
  readonly score?: number
}

/** Redis as PHP sees it: raw commands, raw bytes. The server is the test file's own and empty at the start of each test. */
export class PhpSide {
  #server: RedisServer | undefined

  constructor() {
    beforeAll(async () => {
      this.#server = await startRedis()
    })
    beforeEach(() => this.send('FLUSHALL'))
    afterAll(() => this.#server?.stop())
  }

  get server(): RedisServer {
    return this.#server!
  }

  send(command: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    return this.server.cli(command, ...args)
  }

  /** Unix time in seconds, as the server has it. */
  async now(): Promise<number> {
    const [seconds, micros] = (await this.send('TIME')) as [string, string]
    return Number(seconds) + Number(micros) / 1e6
  }

  /** Everything under think-queue's own three kinds of keys. */
  async state(): Promise<Readonly<Record<string, readonly Kept[]>>> {
    const keys = ((await this.send('KEYS', 'queues:*')) as string[]).sort()
    const state: Record<string, readonly Kept[]> = {}
    for (const key of keys) {
      if (/:(failed|tokens)$/.test(key)) continue
      state[key] = (await this.send('TYPE', key)) === 'list' ? await this.#list(key) : await this.#sorted(key)
    }
    return state
  }

  /** The only member of a key, as its exact bytes. */
  async only(key: string): Promise<Buffer> {
    const [kept, ...more] = (await this.state())[key] ?? []
    if (kept === undefined || more.length > 0) throw new Error(`${key} has not one member`)
    return Buffer.from(kept.base64, 'base64')
  }

  /** Lets everything delayed and reserved come nearer by so many seconds. */
  async pass(seconds: number): Promise<void> {
    for (const [key, members] of Object.entries(await this.state())) {
      for (const { base64, score } of members) {
        if (score !== undefined) await this.send('ZINCRBY', key, -seconds, Buffer.from(base64, 'base64'))
      }
    }
  }

  /** An open connector of ours, closed when the test ends. */
  async connector(options: Readonly<Record<string, unknown>> = {}): Promise<PullConnector> {
    const { host, port } = this.server
    const made = await redisConnector({ host, port, ...options }, { connection: 'redis', root: '/' })
    if (!isPullConnector(made)) throw new Error('not the redis connector')
    onTestFinished(() => made.close())
    await made.open()
    return made
  }

  async #list(key: string): Promise<readonly Kept[]> {
    const members = (await this.server.cliBuffer('LRANGE', key, 0, -1)) as Buffer[]
    return members.map((member) => ({ base64: member.toString('base64') }))
  }

  async #sorted(key: string): Promise<readonly Kept[]> {
    const pairs = (await this.server.cliBuffer('ZRANGE', key, 0, -1, 'WITHSCORES')) as Buffer[]
    return pairs.flatMap((member, at) =>
      at % 2 === 1 ? [] : [{ base64: member.toString('base64'), score: scoreOf(pairs[at + 1]!) }],
    )
  }
}

function scoreOf(text: Buffer): number {
  return text.toString() === 'inf' ? Infinity : Number(text.toString())
}

const options: WorkerOptions = { ...usualOptions, tries: 0, stopWhenEmpty: true }

/** One run of a handler. */
interface Run {
  /** The class and its method, as PHP's own log of the fixtures has them. */
  readonly handler: string
  readonly name: string
  readonly queue: string
  readonly attempts: number
  readonly data: unknown
}

type Heard = { [Name in EventName]: { readonly name: Name; readonly event: QueueEvents[Name] } }[EventName]

/** What a worker did. */
export interface Shift {
  readonly runs: readonly Run[]
  readonly heard: readonly Heard[]
  readonly errors: readonly string[]
}

export interface WorkOptions extends Partial<WorkerOptions> {
  readonly clock?: Clock
  /** Settings of the job for objects of `app\obj\SendMail`. */
  readonly mail?: JobSettings
  /** Told of each event as it comes. */
  readonly hear?: (heard: Heard, worker: Worker) => void
}

/** A real worker on a real clock, until it has found the queues empty or what `options` say. */
export async function work(connector: PullConnector, given: WorkOptions = {}): Promise<Shift> {
  const { clock = systemClock, mail = {}, hear, ...own } = given
  const runs: Run[] = []
  const heard: Heard[] = []
  const emitter = new Emitter()
  const worker = new Worker({
    connector,
    registry: registryOf(handlers((run) => runs.push(run), mail)),
    options: { ...options, ...own },
    emitter,
    clock,
    memory: { used: () => 0, collect: () => {} },
    keepFailedMs: null,
  })
  for (const name of workerEvents)
    emitter.on(name, (event) => {
      heard.push({ name, event } as Heard)
      hear?.(heard.at(-1)!, worker)
    })
  onTestFinished(() => worker.stopNow('signal'))
  await worker.run()
  const errors = heard.flatMap((each) => (each.name === 'job:error' ? [each.event.error.message] : []))
  return { runs, heard, errors }
}

/** The handlers of the fixtures: `data.__do` lists what the PHP handler did, and without it the job deletes itself. */
function handlers(ran: (run: Run) => void, mail: JobSettings) {
  const note = (handler: string, { name, queue, attempts }: Job, data: unknown) =>
    ran({ handler, name, queue, attempts, data })
  class Job1 {
    fire(job: Job, data: unknown) {
      note('Job1', job, data)
      perform(job, data)
    }
  }
  class Job2 {
    task1(job: Job, data: unknown) {
      note('Job2@task1', job, data)
      return job.delete()
    }
    task2(job: Job, data: unknown) {
      note('Job2@task2', job, data)
      return job.delete()
    }
  }
  const object = (handler: string, settings: JobSettings = {}) => {
    class Command {
      fire(job: Job, data: { readonly throw?: boolean }) {
        note(handler, job, data)
        if (data.throw === true) throw new Error('mail boom')
        return job.delete()
      }
    }
    return Object.assign(Command, settings)
  }
  return {
    Job1,
    'model/Job1': Job1,
    'lib/Job2': Job2,
    'obj/SendMail': object('SendMail', mail),
    ArrayObject: object('ArrayObject'),
  }
}

function perform(job: Job, data: unknown): void {
  const steps = (data as { readonly __do?: readonly string[] } | null)?.__do
  if (!Array.isArray(steps)) return void job.delete()
  for (const step of steps as string[]) {
    const [, until, then] = /^until:(\d+):(.*)$/.exec(step) ?? []
    if (until === undefined) act(job, step)
    else act(job, job.attempts < Number(until) ? then! : 'delete')
  }
}

function act(job: Job, step: string): void {
  const [verb, what = ''] = step.split(':')
  if (verb === 'delete') void job.delete()
  else if (verb === 'release') void job.release(Number(what))
  else if (verb === 'throw' || verb === 'error') throw new Error(what)
  else if (verb !== 'nothing') throw new Error(`the fixtures do not say ${step}`)
}

/** What a worker of ours holds of a member. */
export async function reserveOne(
  connector: PullConnector,
  queue = 'default',
  expireMs: number | null = 60_000,
): Promise<Reservation> {
  const [reservation] = await connector.reserve({ queues: [queue], limit: 1, expireMs })
  if (reservation === undefined) throw new Error(`nothing to reserve in ${queue}`)
  return reservation
}
