import { onTestFinished } from 'vitest'
import type { WorkerOptions } from '../../src/contract/config.ts'
import type { PullConnector, Reservation } from '../../src/contract/connector.ts'
import type { EventName, QueueEvents } from '../../src/contract/events.ts'
import type { Job, JobSettings } from '../../src/contract/job.ts'
import type { Clock } from '../../src/contract/time.ts'
import { Emitter } from '../../src/emitter.ts'
import { systemClock } from '../../src/process/clock.ts'
import { QueueClient } from '../../src/queue.ts'
import { Worker } from '../../src/worker/worker.ts'
import { registryOf, usualOptions, workerEvents } from '../worker/rig.ts'

/** A producer for that connector, whose jobs go by the names they are given. */
export function clientOf(connector: PullConnector): QueueClient {
  return new QueueClient(async () => ({
    connector,
    defaultQueue: 'default',
    maxPayload: 1_048_576,
    clock: systemClock,
    nameOf: String,
    queueOf: () => undefined,
    close: () => connector.close(),
  }))
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
