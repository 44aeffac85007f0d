import { QueueError } from '../contract/errors.ts'
import type { FromSandbox } from './messages.ts'
import { Sandbox, type StartHost } from './sandbox.ts'
import { thrownOf } from './thrown-copy.ts'

interface PoolParts {
  readonly start: StartHost
  /** As many jobs at once, so as many sandboxes are kept. */
  readonly most: number
  /** Told when one that had no work ended by itself. */
  readonly troubled: (what: string) => void
}

/** No sandbox could be started: no fault of the job that wanted it. */
export class SandboxUnavailable extends QueueError {
  constructor(why: string) {
    super('SANDBOX_UNAVAILABLE', `no sandbox could be started for an isolated job: ${why}`)
    this.name = 'SandboxUnavailable'
  }
}

/** Sandboxes of one kind: those that have done their work are used again, and one more is started ahead. */
export class SandboxPool {
  readonly #parts: PoolParts
  readonly #all = new Set<Sandbox>()
  readonly #busy = new Set<Sandbox>()
  /** Free or about to be, the one to take last in line: those that are free stand behind those that start. */
  readonly #spare: Promise<Sandbox>[] = []
  #isClosed = false

  constructor(parts: PoolParts) {
    this.#parts = parts
  }

  /** Starts one ahead, unless one is free or there are as many as jobs. */
  warm(): void {
    if (this.#isClosed || this.#spare.length > 0 || this.#all.size >= this.#parts.most) return
    const begun = this.#begin()
    // Whoever takes it hears of it.
    begun.catch(() => undefined)
    this.#spare.unshift(begun)
  }

  /** Rejects with `SandboxUnavailable`. */
  async take(): Promise<Sandbox> {
    for (;;) {
      const spare = this.#spare.pop() ?? this.#begin()
      this.warm()
      const sandbox = await spare
      if (sandbox.isOver) continue
      this.#busy.add(sandbox)
      sandbox.hold(true)
      return sandbox
    }
  }

  /** `isWorn`: another takes its place. */
  giveBack(sandbox: Sandbox, isWorn: boolean): void {
    this.#busy.delete(sandbox)
    sandbox.hold(false)
    this.#listenToIdle(sandbox)
    if (!isWorn && !sandbox.isOver && this.#all.size <= this.#parts.most) {
      this.#spare.push(Promise.resolve(sandbox))
      return
    }
    this.#all.delete(sandbox)
    sandbox.kill()
    this.warm()
  }

  close(): void {
    this.#isClosed = true
    for (const sandbox of this.#all) sandbox.kill()
  }

  async #begin(): Promise<Sandbox> {
    if (this.#isClosed) throw new SandboxUnavailable('the worker ends')
    const sandbox = new Sandbox(this.#parts.start)
    this.#all.add(sandbox)
    this.#listenToIdle(sandbox)
    const problem = await sandbox.ready
    if (problem !== undefined) {
      this.#all.delete(sandbox)
      throw new SandboxUnavailable(problem)
    }
    void sandbox.ended.then((how) => this.#ended(sandbox, how))
    return sandbox
  }

  #listenToIdle(sandbox: Sandbox): void {
    sandbox.listener = { heard: (message) => this.#heardOfIdle(sandbox, message), ended: () => undefined }
  }

  #heardOfIdle(sandbox: Sandbox, message: FromSandbox): void {
    if (message.kind !== 'crashed') return
    this.#all.delete(sandbox)
    sandbox.kill()
    const thrown = thrownOf(message.thrown)
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    this.#parts.troubled(`what an isolated job had left behind threw an error that nobody caught: ${text}`)
  }

  #ended(sandbox: Sandbox, how: string): void {
    if (!this.#all.delete(sandbox) || this.#isClosed) return
    if (this.#busy.has(sandbox)) this.warm()
    else this.#parts.troubled(`a sandbox that ran no job ${how}`)
  }
}
