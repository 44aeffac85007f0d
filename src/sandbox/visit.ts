import { EffectUnknown, JobTimeout, QueueError } from '../contract/errors.ts'
import type { Job } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Call, FromSandbox, Work } from './messages.ts'
import type { Sandbox } from './sandbox.ts'
import { copyThrown, type ThrownCopy, thrownOf } from './thrown-copy.ts'

/** A sandbox that has not heard so long after a time-out that its job is to stop is blocked. */
const hearingMs: Ms = 250

/** One piece of work in a sandbox, from its order to its end. */
export class Visit {
  /** Rejects with what the work threw, or with how the sandbox ended meanwhile. */
  readonly done: Promise<void>
  isWorn = false
  readonly #sandbox: Sandbox
  readonly #clock: Clock
  readonly #job: Job | undefined
  readonly #effects = new Map<number, (thrown: ThrownCopy | undefined) => void>()
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
    sandbox.listener = (message) => this.#heard(message)
    void sandbox.ended.then((how) =>
      this.#reject(new QueueError('SANDBOX_ENDED', `the sandbox of the job ${how}`)),
    )
    job?.signal.addEventListener('abort', this.#abort)
    sandbox.send(work)
    if (job?.signal.aborted) this.#abort()
  }

  leave(): void {
    this.#cancelKill?.()
    this.#job?.signal.removeEventListener('abort', this.#abort)
  }

  #abort = (): void => {
    const { reason } = this.#job!.signal
    this.#sandbox.send({ kind: 'abort', reason: copyThrown(reason) })
    if (reason instanceof JobTimeout)
      this.#cancelKill = this.#clock.after(hearingMs, () => this.#sandbox.kill())
  }

  #heard(message: FromSandbox): void {
    switch (message.kind) {
      case 'call':
        void this.#answer(message.call, message.asked)
        break
      case 'effect-ended':
        this.#effects.get(message.call)?.(message.thrown)
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
      this.#effects.set(call, (thrown) => {
        this.#effects.delete(call)
        if (thrown === undefined) resolve()
        else reject(thrownOf(thrown))
      })
      void this.#sandbox.ended.then((how) =>
        reject(new EffectUnknown(`the sandbox of the job ${how} while it was at the effect`)),
      )
      this.#sandbox.send({ kind: 'effect', call })
    })
  }
}
