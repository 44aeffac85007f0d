import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { Clock, Ms } from '../../contract/time.ts'

interface KeptThreadParts {
  readonly script: URL
  readonly options: WorkerOptions
  readonly clock: Clock
  /** How long after its end the next one is started. */
  readonly againMs: Ms
  /** It ended by an error. */
  readonly ended: (error: Error) => void
}

/** A thread that is started anew when an error ends it, and then told again what its predecessors were told. It keeps no process alive. */
export class KeptThread {
  readonly #parts: KeptThreadParts
  readonly #told: unknown[] = []
  #thread: Worker
  #cancel: (() => void) | undefined

  /** Throws when `options` hold what no thread can be given. */
  constructor(parts: KeptThreadParts) {
    this.#parts = parts
    this.#thread = this.#start()
  }

  tell(message: unknown): void {
    this.#told.push(message)
    this.#thread.postMessage(message)
  }

  stop(): void {
    this.#cancel?.()
    this.#thread.removeAllListeners('error')
    // An error on the way would be nobody's.
    this.#thread.on('error', () => undefined)
    void this.#thread.terminate()
  }

  #start(): Worker {
    const { script, options, clock, againMs, ended } = this.#parts
    const thread = new Worker(script, options)
    thread.unref()
    thread.on('error', (error) => {
      ended(error)
      this.#cancel = clock.after(againMs, () => this.#again(), { unref: true })
    })
    return thread
  }

  #again(): void {
    this.#thread = this.#start()
    for (const message of this.#told) this.#thread.postMessage(message)
  }
}
