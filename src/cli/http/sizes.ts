import type { PullConnector, QueueSize } from '../../contract/connector.ts'
import type { Clock, Ms } from '../../contract/time.ts'

type Counted = ReadonlyMap<string, QueueSize> | undefined

interface SizesParts {
  readonly connector: Pick<PullConnector, 'size'>
  readonly queues: readonly string[]
  readonly clock: Clock
}

/** The store is not asked again before. */
const everyMs: Ms = 1_000

/** Nobody waits longer for the store. */
const patienceMs: Ms = 1_500

/** What the queues hold, asked of the store when somebody wants to know. */
export class Sizes {
  readonly #parts: SizesParts
  #askedAt: Ms = -Infinity
  #isUnderWay = false
  #counted: Promise<Counted> = Promise.resolve(undefined)

  constructor(parts: SizesParts) {
    this.#parts = parts
  }

  /** Undefined: the store did not say in time. */
  async read(): Promise<Counted> {
    const { clock } = this.#parts
    const now = clock.monotonic()
    if (!this.#isUnderWay && now - this.#askedAt >= everyMs) {
      this.#askedAt = now
      this.#counted = this.#ask()
    }
    let cancel = () => {}
    const late = new Promise<undefined>((resolve) => {
      cancel = clock.after(patienceMs, () => resolve(undefined), { unref: true })
    })
    const counted = await Promise.race([this.#counted, late])
    cancel()
    return counted
  }

  /** One queue after the other: a store gives connections to few at once, and jobs need them too. */
  async #ask(): Promise<Counted> {
    const { connector, queues } = this.#parts
    const sizes = new Map<string, QueueSize>()
    this.#isUnderWay = true
    try {
      for (const queue of queues) sizes.set(queue, await connector.size(queue))
      return sizes
    } catch {
      return undefined
    } finally {
      this.#isUnderWay = false
    }
  }
}
