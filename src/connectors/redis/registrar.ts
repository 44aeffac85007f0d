import { isOutcomeUnknown, RedisFailure } from './errors.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'

/** Keeps the set of queues that are in use, from which failed jobs are listed: written once for each connection that is made. */
export class Registrar {
  readonly #link: Link
  readonly #keys: Keys
  readonly #known = new Set<string>()
  #epoch = 0

  constructor(link: Link, keys: Keys) {
    this.#link = link
    this.#keys = keys
  }

  knows(queues: readonly string[]): boolean {
    if (this.#epoch !== this.#link.epoch) {
      this.#epoch = this.#link.epoch
      this.#known.clear()
    }
    for (const queue of queues) if (!this.#known.has(queue)) return false
    return true
  }

  async add(queues: readonly string[]): Promise<void> {
    try {
      await this.#write(queues)
    } catch (error) {
      // A server that is out of memory still lets jobs be taken, and refuses a push by itself: the next call tries again.
      if (error instanceof RedisFailure && error.code === 'OOM') return
      throw error
    }
    for (const queue of queues) this.#known.add(queue)
  }

  /** Repeated when its answer is lost, which does no harm: what follows it was not sent, and is not to count as unknown. */
  async #write(queues: readonly string[]): Promise<void> {
    const add = () => this.#link.send('SADD', [this.#keys.queues, ...queues])
    await add().catch((error: unknown) => {
      if (!isOutcomeUnknown(error)) throw error
      return add()
    })
  }
}
