import type { Cache } from '../contract/connector.ts'
import type { Clock, Ms } from '../contract/time.ts'

interface LossCountParts {
  readonly cache: Pick<Cache, 'add' | 'increment'>
  readonly clock: Clock
}

interface Count {
  /** As far as this worker knows. */
  total: number
  /** What the store may not have been told. */
  untold: number
}

/** How long the store counts on from a job's first loss. */
const keptMs: Ms = 24 * 3_600_000
/** How long the store may take: what the job lost may be the store's own server. */
const patienceMs: Ms = 2_000
/** Jobs that a worker remembers, for when the store cannot be asked. */
const remembered = 1_000

/** How often each job lost what it depends on, counted in the store: other workers, and those that come later, count on. */
export class LossCount {
  readonly #parts: LossCountParts
  readonly #counts = new Map<string, Count>()

  constructor(parts: LossCountParts) {
    this.#parts = parts
  }

  /** One more of a job; answers how many there are, by this worker's own count where the store does not answer. */
  async count(job: string): Promise<number> {
    const count = this.#recall(job)
    count.total++
    count.untold++
    const total = await this.#inTime(this.#tell(job, count))
    count.total = Math.max(count.total, total)
    return count.total
  }

  /** What no answer came to is told again with the next: rather one too many than one too few. */
  async #tell(job: string, count: Count): Promise<number> {
    const { cache } = this.#parts
    const { untold } = count
    const key = `lost:${job.slice(0, 200)}`
    await cache.add(key, '0', keptMs)
    const total = await cache.increment(key, untold)
    count.untold -= untold
    return total
  }

  #inTime(answer: Promise<number>): Promise<number> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(patienceMs, () => resolve(0))
      answer
        .catch(() => 0)
        .then((total) => {
          cancel()
          resolve(total)
        })
    })
  }

  #recall(job: string): Count {
    const count = this.#counts.get(job) ?? { total: 0, untold: 0 }
    this.#counts.delete(job)
    this.#counts.set(job, count)
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > remembered) this.#counts.delete(oldest as string)
    return count
  }
}
