import { EffectUnknown, JobTimeout, QueueError } from '../contract/errors.ts'
import type { Job } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Call, FromSandbox, Work } from './messages.ts'
import type { Sandbox, SandboxListener } from './sandbox.ts'
import { copyThrown, type ThrownCopy, thrownOf } from './thrown-copy.ts'

/** A sandbox that has not heard so long after a time-out that its job is to stop is blocked. */
const hearingMs: Ms = 250

/** An effect under way in the sandbox, as the ledger of effects waits for it. */
interface Effect {
  readonly resolve: () => void
  readonly reject: (thrown: unknown) => void
}

/** One piece of work in a sandbox, from its order to its end. */
export class Visit implements SandboxListener {
  /** Rejects with what the work threw, or with how the sandbox ended meanwhile. */
  readonly done: Promise<void>
  isWorn = false
  readonly #sandbox: Sandbox
  readonly #clock: Clock
  readonly #job: Job | undefined
  readonly #effects = new Map<number, Effect>()
  #resolve: () => void = () => undefined
  #reject: (thrown: unknown) => void = () => undefined
  #cancelKill: (() => void) | undefined

  /** Without a job it is the work of `failed()`. */
  constructor(sandbox: Sandbox, clock: Clock, work: Work, job?: Job) {
    this.#sandbox = sandbox
    this.#clock = clock
    this.#job = job
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    sandbox.listener = this
    job?.signal.addEventListener('abort', this.#abort)
    sandbox.send(work)
    if (job?.signal.aborted) this.#abort()
  }

  /** What it did not wait for is over too, for all that is known. */
  leave(): void {
    this.#lose('the run of the job was over')
    this.#cancelKill?.()
    this.#job?.signal.removeEventListener('abort', this.#abort)
  }

  #abort = (): void => {
    const { reason } = this.#job!.signal
    this.#sandbox.send({ kind: 'abort', reason: copyThrown(reason) })
    if (reason instanceof JobTimeout)
      this.#cancelKill = this.#clock.after(hearingMs, () => this.#sandbox.kill())
  }

  heard(message: FromSandbox): void {
    switch (message.kind) {
      case 'call':
        void this.#answer(message.call, message.asked)
        break
      case 'effect-ended':
        this.#effectEnded(message.call, message.thrown)
        break
      case 'aborting':
        this.#cancelKill?.()
        break
      case 'ended':
        this.isWorn = message.isWorn
        if (message.thrown === undefined) this.#resolve()
        else this.#reject(thrownOf(message.thrown))
        break
      case 'crashed':
        this.#reject(thrownOf(message.thrown))
        this.#sandbox.kill()
    }
  }

  ended(how: string): void {
    this.#reject(new QueueError('SANDBOX_ENDED', `the sandbox of the job ${how}`))
    this.#lose(`the sandbox of the job ${how}`)
  }

  #lose(what: string): void {
    for (const { reject } of this.#effects.values())
      reject(new EffectUnknown(`${what} while it was at the effect`))
    this.#effects.clear()
  }

  async #answer(call: number, asked: Call): Promise<void> {
    try {
      this.#sandbox.send({ kind: 'answer', call, value: await this.#ask(call, asked) })
    } catch (error) {
      this.#sandbox.send({ kind: 'refused', call, thrown: copyThrown(error) })
    }
  }

  #ask(call: number, asked: Call): Promise<boolean> {
    const job = this.#job!
    switch (asked.method) {
      case 'delete':
        return job.delete()
      case 'release':
        return job.release(asked.delay)
      case 'fail':
        return job.fail(asked.reason && thrownOf(asked.reason))
      case 'once': {
        const { key, ifUnknown } = asked
        return job.once(key, () => this.#effect(call), ifUnknown === undefined ? {} : { ifUnknown })
      }
    }
  }

  /** Rejects as the effect does, and when the sandbox ends before it has said. */
  #effect(call: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#effects.set(call, { resolve, reject })
      this.#sandbox.send({ kind: 'effect', call })
    })
  }

  #effectEnded(call: number, thrown: ThrownCopy | undefined): void {
    const effect = this.#effects.get(call)
    this.#effects.delete(call)
    if (thrown === undefined) effect?.resolve()
    else effect?.reject(thrownOf(thrown))
  }
}
