import type { PullConnector } from './contract/connector.ts'
import type { Clock } from './contract/time.ts'
import { withLock } from './lock.ts'

/** Stands for every queue in the list of paused ones. */
export const everyQueue = '*'

/** What is needed of a store to tell its workers. */
export type ControlStore = Pick<PullConnector, 'cache' | 'applyPauses'>

const busy = 'another operator holds the lock of pause and resume: try again'

/** What operators tell all workers of a store, through its cache: restart, pause, resume. */
export class Control {
  readonly #store: ControlStore
  readonly #clock: Clock

  constructor(store: ControlStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Differs after every change: the one value a worker reads each second. */
  async revision(): Promise<string> {
    const { cache } = this.#store
    if (cache.revision !== undefined) return cache.revision()
    return (await cache.get('control')) ?? '0'
  }

  /** Rises with every restart; back to 0 when the store forgot. */
  async restarts(): Promise<number> {
    return Number((await this.#store.cache.get('restart')) ?? 0)
  }

  async paused(): Promise<readonly string[]> {
    return JSON.parse((await this.#store.cache.get('paused')) ?? '[]') as string[]
  }

  /** Has every worker look, and say anew what it does. */
  async callRoll(): Promise<void> {
    await this.#store.cache.increment('control')
  }

  async restart(): Promise<void> {
    await this.#store.cache.increment('restart')
    await this.#store.cache.increment('control')
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

  #change(edit: (paused: readonly string[]) => readonly string[]): Promise<readonly string[]> {
    const { cache } = this.#store
    const lock = { cache, clock: this.#clock, name: 'control:lock', busy }
    return withLock(lock, async () => {
      const paused = edit(await this.paused())
      await cache.set('paused', JSON.stringify(paused))
      await this.#store.applyPauses?.(paused)
      await cache.increment('control')
      return paused
    })
  }
}
