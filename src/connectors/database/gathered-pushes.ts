import type { Envelope } from '../../contract/connector.ts'
import { PushOutcomeUnknown, StoreError } from '../../contract/errors.ts'

/** Stores jobs in one transaction and answers their ids in order. */
type Store = (batch: readonly Envelope[]) => Promise<readonly string[]>

interface Waiting {
  readonly envelope: Envelope
  readonly resolve: (id: Promise<string> | string) => void
  readonly reject: (error: unknown) => void
}

/** Most jobs that go in together. */
const mostJobs = 1_000
/** Their bodies' length stays below what the smallest packet of a server takes in one statement. */
const mostLength = 128 * 1024

/**
 * Single pushes. One that comes while another to its queue is under way waits for its end, and goes in with all that wait: an INSERT and
 * a COMMIT for hundreds. One at a time is sent at once. Each still answers or fails by itself.
 */
export class GatheredPushes {
  readonly #store: Store
  /** What waits behind a push that is under way, by queue and delay: only such can share a statement. */
  readonly #lanes = new Map<string, Waiting[]>()
  #drained: (() => void)[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** Rejects as the store does. */
  push(envelope: Envelope): Promise<string> {
    const key = `${envelope.delayMs} ${envelope.queue}`
    const lane = this.#lanes.get(key)
    if (lane !== undefined) return new Promise((resolve, reject) => lane.push({ envelope, resolve, reject }))
    const waiting: Waiting[] = []
    this.#lanes.set(key, waiting)
    return this.#lead(envelope, key, waiting)
  }

  /** Resolves when no push is under way. */
  async drained(): Promise<void> {
    if (this.#lanes.size > 0) await new Promise<void>((resolve) => this.#drained.push(resolve))
  }

  async #lead(envelope: Envelope, key: string, waiting: Waiting[]): Promise<string> {
    try {
      const [id] = await this.#store([envelope])
      return id!
    } finally {
      if (waiting.length === 0) this.#leave(key)
      else void this.#follow(key, waiting)
    }
  }

  async #follow(key: string, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) await this.#together(waiting.splice(0, fitting(waiting)))
    this.#leave(key)
  }

  #leave(key: string): void {
    this.#lanes.delete(key)
    if (this.#lanes.size > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** What the store refuses for one job's sake is tried anew job by job: nothing of a refused transaction is stored. */
  async #together(group: readonly Waiting[]): Promise<void> {
    const storing = this.#store(group.map(({ envelope }) => envelope))
    try {
      const ids = await storing
      for (const [at, { resolve }] of group.entries()) resolve(ids[at]!)
    } catch (error) {
      if (error instanceof PushOutcomeUnknown) {
        const shared = new SharedOutcome(error)
        for (const [at, { reject }] of group.entries()) reject(shared.of(at))
      } else if (group.length > 1 && !(error instanceof StoreError && error.transient))
        for (const each of group) await this.#together([each])
      else for (const { reject } of group) reject(error)
    }
  }
}

/** How many of those that wait go in together. */
function fitting(waiting: readonly Waiting[]): number {
  let length = 0
  for (let count = 0; count < waiting.length; count++) {
    length += waiting[count]!.envelope.body.length
    if (count > 0 && (count === mostJobs || length > mostLength)) return count
  }
  return waiting.length
}

/** An unknown outcome that several pushes share: it is found out once, whoever of them asks first. */
class SharedOutcome {
  readonly #error: PushOutcomeUnknown
  #asking: Promise<readonly string[]> | undefined
  /** When asking told no more: what is to be asked next. */
  #next: SharedOutcome | undefined

  constructor(error: PushOutcomeUnknown) {
    this.#error = error
  }

  /** The error of the push at that place. */
  of(at: number): PushOutcomeUnknown {
    const { message, cause } = this.#error
    return new PushOutcomeUnknown(message, () => this.#retry(at), { cause })
  }

  async #retry(at: number): Promise<readonly string[]> {
    this.#asking ??= this.#error.retry()
    try {
      return [(await this.#asking)[at]!]
    } catch (error) {
      if (!(error instanceof PushOutcomeUnknown)) throw error
      this.#next ??= new SharedOutcome(error)
      throw this.#next.of(at)
    }
  }
}
