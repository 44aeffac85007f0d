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
    await this.#link.send('SADD', [this.#keys.queues, ...queues])
    for (const queue of queues) this.#known.add(queue)
  }
}
