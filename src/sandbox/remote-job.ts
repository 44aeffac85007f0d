import type { OnceOptions } from '../contract/effects.ts'
import { QueueError } from '../contract/errors.ts'
import type { Job } from '../contract/job.ts'
import { releaseDelayMs, type Seconds } from '../contract/time.ts'
import type { Call, FromSandbox, JobCopy, ToSandbox } from './messages.ts'
import { copyThrown, thrownOf } from './thrown-copy.ts'

type Answer = Extract<ToSandbox, { readonly kind: 'answer' | 'refused' }>

interface Pending {
  readonly resolve: (value: boolean) => void
  readonly reject: (error: unknown) => void
}

/** A job's effect that waits to be told to run, and what it threw. */
interface PendingEffect {
  readonly fn: () => unknown
  thrown?: { readonly value: unknown }
}

/** The job as its handler sees it in a sandbox: what it decides is asked of the worker, which holds the delivery. */
export class RemoteJob implements Job {
  readonly id: string
  readonly name: string
  readonly queue: string
  readonly attempts: number
  readonly rawBody: string
  readonly #send: (message: FromSandbox) => void
  readonly #controller = new AbortController()
  readonly #pending = new Map<number, Pending>()
  readonly #effects = new Map<number, PendingEffect>()
  #settled: 'delete' | 'release' | 'fail' | undefined
  #calls = 0

  constructor({ id, name, queue, attempts, rawBody }: JobCopy, send: (message: FromSandbox) => void) {
    this.id = id
    this.name = name
    this.queue = queue
    this.attempts = attempts
    this.rawBody = rawBody
    this.#send = send
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }
  get isDeleted(): boolean {
    return this.#settled === 'delete'
  }
  get isReleased(): boolean {
    return this.#settled === 'release'
  }
  get hasFailed(): boolean {
    return this.#settled === 'fail'
  }

  delete(): Promise<boolean> {
    return this.#settle({ method: 'delete' })
  }

  release(delay: Seconds = 0): Promise<boolean> {
    releaseDelayMs(delay)
    return this.#settle({ method: 'release', delay })
  }

  fail(reason?: unknown): Promise<boolean> {
    return this.#settle({ method: 'fail', reason: reason === undefined ? undefined : copyThrown(reason) })
  }

  async once(key: string, fn: () => unknown, options?: OnceOptions): Promise<boolean> {
    const call = ++this.#calls
    const effect: PendingEffect = { fn }
    this.#effects.set(call, effect)
    try {
      return await this.#ask(call, { method: 'once', key, ifUnknown: options?.ifUnknown })
    } catch (error) {
      throw effect.thrown === undefined ? error : effect.thrown.value
    } finally {
      this.#effects.delete(call)
    }
  }

  async onceIn(): Promise<boolean> {
    throw inSandbox('job.onceIn')
  }

  async deleteIn(): Promise<void> {
    throw inSandbox('job.deleteIn')
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  answered(answer: Answer): void {
    const pending = this.#pending.get(answer.call)
    this.#pending.delete(answer.call)
    if (answer.kind === 'answer') pending?.resolve(answer.value)
    else pending?.reject(thrownOf(answer.thrown))
  }

  async runEffect(call: number): Promise<void> {
    const effect = this.#effects.get(call)
    try {
      await effect?.fn()
      this.#send({ kind: 'effect-ended', call, thrown: undefined })
    } catch (value) {
      effect!.thrown = { value }
      this.#send({ kind: 'effect-ended', call, thrown: copyThrown(value) })
    }
  }

  /** The first decision counts, as it does for the worker, which warns of a second one. */
  #settle(asked: Exclude<Call, { readonly method: 'once' }>): Promise<boolean> {
    this.#settled ??= asked.method
    return this.#ask(++this.#calls, asked)
  }

  #ask(call: number, asked: Call): Promise<boolean> {
    this.#send({ kind: 'call', call, asked })
    return new Promise((resolve, reject) => this.#pending.set(call, { resolve, reject }))
  }
}

function inSandbox(what: string): QueueError {
  return new QueueError(
    'TX_ELSEWHERE',
    `${what}: this job is isolated, and its transaction is on the other side of a thread or process than the queue; use job.once, or run the job without isolate`,
  )
}
