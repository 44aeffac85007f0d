import { AssertionError } from 'node:assert'
import { resolve } from 'node:path'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { QueueSize } from '../contract/connector.ts'
import type { Pushable } from '../contract/job.ts'
import { pushedName, pushedSettings } from '../jobs/pushed.ts'
import { systemClock } from '../process/clock.ts'
import { QueueClient, type QueueSurroundings } from '../queue.ts'
import { type PushedJob, PushedJobs } from './pushed-jobs.ts'

export interface FakeQueueOptions {
  /** A queue whose pushes come here until `restore()`: `Queue` of `thinkq`, or one of `createQueue`. */
  readonly instead?: QueueClient
  /** Where the names of pushed classes are looked up, as the configuration has it. Default ./jobs. */
  readonly jobs?: string
  /** Where jobs go that name no queue. Default `default`. */
  readonly queue?: string
}

/** What a push is to have been, beyond its job: what is left out may be anything. A function looks at it itself. */
export type Expected = Partial<Pick<PushedJob, 'data' | 'queue' | 'delay'>> | ((pushed: PushedJob) => boolean)

/** A queue for tests of code that pushes: it keeps the jobs, runs none, and is asked what was pushed. Nothing is connected. */
export class FakeQueue extends QueueClient {
  readonly #pushed: PushedJobs
  readonly #folder: string
  readonly #queue: string
  readonly #restore: () => void

  constructor({ instead, jobs = './jobs', queue = 'default' }: FakeQueueOptions = {}) {
    const pushed = new PushedJobs()
    const folder = resolve(jobs)
    const surroundings = async (): Promise<QueueSurroundings> => ({
      connector: pushed,
      clock: systemClock,
      defaultQueue: queue,
      maxPayload: Number.MAX_SAFE_INTEGER,
      nameOf: (job) => pushedName(job, folder),
      queueOf: (job) => pushedSettings(job).queue,
      close: async () => {},
    })
    super(surroundings)
    this.#pushed = pushed
    this.#folder = folder
    this.#queue = queue
    this.#restore = instead?.redirect(surroundings) ?? (() => {})
  }

  /** What was pushed, in order: all, or the jobs of that name or class. */
  pushed(job?: Pushable): readonly PushedJob[] {
    if (job === undefined) return [...this.#pushed.all]
    const name = pushedName(job, this.#folder)
    return this.#pushed.all.filter((each) => each.job === name)
  }

  /** Throws an `AssertionError` unless the job was pushed so; `times`: exactly so often. Answers those pushes. */
  assertPushed(job: Pushable, expected: Expected = {}, times?: number): readonly PushedJob[] {
    const found = this.pushed(job).filter((each) => isAsExpected(each, expected))
    if (times === undefined ? found.length > 0 : found.length === times) return found
    const often =
      found.length === 0 ? 'was not pushed' : `was pushed ${counted(found.length)}, not ${counted(times!)}`
    const how = typeof expected === 'function' ? ' as the function wants it' : withFields(expected)
    throw this.#refusal(`${pushedName(job, this.#folder)} ${often}${how}`, this.assertPushed)
  }

  /** Throws an `AssertionError` if the job was pushed so. */
  assertNotPushed(job: Pushable, expected: Expected = {}): void {
    if (!this.pushed(job).some((each) => isAsExpected(each, expected))) return
    throw this.#refusal(`${pushedName(job, this.#folder)} was pushed`, this.assertNotPushed)
  }

  /** Throws an `AssertionError` if anything was pushed. */
  assertNothingPushed(): void {
    if (this.#pushed.all.length > 0) throw this.#refusal('jobs were pushed', this.assertNothingPushed)
  }

  /** Forgets what was pushed. */
  clear(): void {
    this.#pushed.all.length = 0
  }

  /** Gives the queue back that this one stood for. */
  restore(): void {
    this.#restore()
  }

  /** What would wait there: nothing runs. */
  override async size(queue: string | null = this.#queue): Promise<QueueSize> {
    const there = this.#pushed.all.filter((each) => each.queue === queue)
    const ready = there.filter(({ delay }) => delay === 0).length
    return { ready, delayed: there.length - ready, reserved: 0, failed: 0, oldestMs: ready === 0 ? null : 0 }
  }

  #refusal(what: string, stackStartFn: (...args: never[]) => unknown): AssertionError {
    const all = this.#pushed.all.map((each) => `\n  ${each.job}${withFields(each)}`)
    const message = `${what}; ${all.length === 0 ? 'nothing was pushed' : `pushed were:${all.join('')}`}`
    return new AssertionError({ message, stackStartFn })
  }
}

function counted(times: number): string {
  return times === 1 ? 'once' : `${times} times`
}

function isAsExpected(pushed: PushedJob, expected: Expected): boolean {
  if (typeof expected === 'function') return expected(pushed)
  const fields = Object.entries(expected) as [keyof PushedJob, unknown][]
  return fields.every(([field, value]) => isDeepStrictEqual(pushed[field], value))
}

function withFields({ data, queue, delay }: Partial<PushedJob>): string {
  const fields = Object.entries({ data, queue, delay }).filter(([, value]) => value !== undefined)
  const shown = fields.map(([field, value]) => `${field} ${inspect(value, { breakLength: Infinity })}`)
  return shown.length === 0 ? '' : ` with ${shown.join(', ')}`
}
