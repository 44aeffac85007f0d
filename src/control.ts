import type { Cache } from './contract/connector.ts'
import { StoreError } from './contract/errors.ts'
import type { Clock, Ms } from './contract/time.ts'

/** Stands for every queue in the list of paused ones. */
export const everyQueue = '*'

const lockMs: Ms = 5_000
const lockRetryMs: Ms = 20

/** What operators tell all workers of a store, through its cache: restart, pause, resume. */
export class Control {
  readonly #cache: Cache
  readonly #clock: Clock

  constructor(cache: Cache, clock: Clock) {
    this.#cache = cache
    this.#clock = clock
  }

  /** Rises with every change: the one value a worker reads each second. */
  async revision(): Promise<string> {
    return (await this.#cache.get('control')) ?? '0'
  }

  /** Rises with every restart; back to 0 when the store forgot. */
  async restarts(): Promise<number> {
    return Number((await this.#cache.get('restart')) ?? 0)
  }

  async paused(): Promise<readonly string[]> {
    return JSON.parse((await this.#cache.get('paused')) ?? '[]') as string[]
  }

  async restart(): Promise<void> {
    await this.#cache.increment('restart')
    await this.#cache.increment('control')
  }

  /** Answers the paused queues afterwards. */
  pause(queues: readonly string[]): Promise<readonly string[]> {
    return this.#change((paused) => [...new Set([...paused, ...queues])].sort())
  }

  /** `everyQueue` resumes all that is paused. */
  resume(queues: readonly string[]): Promise<readonly string[]> {
    return this.#change((paused) =>
      queues.includes(everyQueue) ? [] : paused.filter((each) => !queues.includes(each)),
    )
  }

  async #change(edit: (paused: readonly string[]) => readonly string[]): Promise<readonly string[]> {
    await this.#lock()
    try {
      const paused = edit(await this.paused())
      await this.#cache.set('paused', JSON.stringify(paused))
      await this.#cache.increment('control')
      return paused
    } finally {
      await this.#cache.forget('control:lock')
    }
  }

  async #lock(): Promise<void> {
    const deadline = this.#clock.monotonic() + 2 * lockMs
    while (!(await this.#cache.add('control:lock', '1', lockMs))) {
      if (this.#clock.monotonic() > deadline) {
        throw new StoreError('another operator holds the lock of pause and resume: try again', {
          transient: true,
        })
      }
      await new Promise<void>((resolve) => this.#clock.after(lockRetryMs, resolve))
    }
  }
}
