import { isOutcomeUnknown, RedisFailure, unreachable } from './errors.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import { usualDeadlineMs } from './pending.ts'
import { placeOf } from './target.ts'

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

  /**
   * Repeated when its answer is lost, which does no harm. What follows it was not sent and is not to count as unknown, nor is it to
   * wait longer than any other call.
   */
  async #write(queues: readonly string[]): Promise<void> {
    const deadline = performance.now() + usualDeadlineMs
    for (let leftMs = usualDeadlineMs; ; leftMs = deadline - performance.now()) {
      try {
        await this.#link.send('SADD', [this.#keys.queues, ...queues], leftMs)
        return
      } catch (error) {
        if (!isOutcomeUnknown(error)) throw error
        if (leftMs < usualDeadlineMs || performance.now() >= deadline) throw this.#unsent()
      }
    }
  }

  #unsent(): RedisFailure {
    return unreachable(
      placeOf(this.#link.target),
      'it was lost before the call could begin; nothing of it was sent',
    )
  }
}
