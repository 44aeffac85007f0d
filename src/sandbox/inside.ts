import type { JobRegistry } from '../contract/job.ts'
import type { FromSandbox, ToSandbox, Work } from './messages.ts'
import { RemoteJob } from './remote-job.ts'
import { copyThrown, type ThrownCopy, thrownOf } from './thrown-copy.ts'

interface InsideParts {
  readonly registry: JobRegistry
  readonly send: (message: FromSandbox) => void
  /** Whether the memory of what has run makes it better to begin anew. */
  readonly isWorn: () => boolean
}

/** The inner side of a sandbox: does what it is sent, one piece of work at a time. */
export class Inside {
  readonly #parts: InsideParts
  #job: RemoteJob | undefined

  constructor(parts: InsideParts) {
    this.#parts = parts
  }

  heard(message: ToSandbox): void {
    switch (message.kind) {
      case 'run':
      case 'failed':
        void this.#work(message)
        break
      case 'abort':
        this.#job?.abort(thrownOf(message.reason))
        this.#parts.send({ kind: 'aborting' })
        break
      case 'effect':
        void this.#job?.runEffect(message.call)
        break
      default:
        this.#job?.answered(message)
    }
  }

  /** What nobody caught belongs to the job that runs, or to the one that ran last. */
  crashed(error: unknown): void {
    this.#parts.send({ kind: 'crashed', thrown: copyThrown(error) })
  }

  async #work(work: Work): Promise<void> {
    let thrown: ThrownCopy | undefined
    try {
      await this.#do(work)
    } catch (error) {
      thrown = copyThrown(error)
    }
    this.#job = undefined
    this.#parts.send({ kind: 'ended', thrown, isWorn: this.#parts.isWorn() })
  }

  async #do(work: Work): Promise<void> {
    const { run, failed } = this.#parts.registry.resolve(work.task).open()
    if (work.kind === 'failed') {
      await failed?.(work.data, thrownOf(work.reason) as Error)
      return
    }
    this.#job = new RemoteJob(work.job, this.#parts.send)
    await run(this.#job, work.data)
  }
}
