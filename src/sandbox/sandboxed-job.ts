import { QueueError } from '../contract/errors.ts'
import type { Job, OpenedJob } from '../contract/job.ts'
import type { Clock } from '../contract/time.ts'
import type { Work } from './messages.ts'
import type { SandboxPool } from './pool.ts'
import type { Sandbox } from './sandbox.ts'
import { copyThrown } from './thrown-copy.ts'
import { Visit } from './visit.ts'

/** What one delivery of an isolated job needs: its handler is opened in a sandbox, once for the run and once for `failed()`. */
export class SandboxedJob implements OpenedJob {
  readonly #pool: SandboxPool
  readonly #clock: Clock
  readonly #task: string
  #sandbox: Sandbox | undefined
  #isEnded = false

  constructor(pool: SandboxPool, clock: Clock, task: string) {
    this.#pool = pool
    this.#clock = clock
    this.#task = task
  }

  run(job: Job, data: unknown): Promise<void> {
    const { id, name, queue, attempts, rawBody } = job
    const copy = { id, name, queue, attempts, rawBody }
    return this.#visit({ kind: 'run', task: this.#task, data, job: copy }, job)
  }

  /** Does nothing where the handler has no such method. */
  failed(data: unknown, reason: Error): Promise<void> {
    this.#isEnded = false
    return this.#visit({ kind: 'failed', task: this.#task, data, reason: copyThrown(reason) })
  }

  end(): void {
    this.#isEnded = true
    this.#sandbox?.kill()
  }

  async #visit(work: Work, job?: Job): Promise<void> {
    const sandbox = await this.#pool.take()
    if (this.#isEnded) {
      this.#pool.giveBack(sandbox, false)
      throw new QueueError('SANDBOX_ENDED', 'the job was ended before a sandbox was there for it')
    }
    const visit = new Visit(sandbox, this.#clock, work, job)
    this.#sandbox = sandbox
    try {
      await visit.done
    } finally {
      visit.leave()
      if (this.#sandbox === sandbox) this.#sandbox = undefined
      this.#pool.giveBack(sandbox, visit.isWorn)
    }
  }
}
