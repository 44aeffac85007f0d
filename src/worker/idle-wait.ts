import type { PullConnector, Reservation, TakeRequest } from '../contract/connector.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { JobWatch } from '../contract/watch.ts'
import type { Emitter } from '../emitter.ts'
import type { Brake } from './brake.ts'
import { startAll, type Took } from './start-all.ts'

interface WaitParts {
  readonly connector: PullConnector
  readonly clock: Clock
  readonly emitter: Emitter
  readonly brake: Brake
  readonly sleepMs: Ms
  readonly start: (reservation: Reservation, reservedAt: Ms, watched: number) => void
  readonly watch: JobWatch
  readonly took: Took | undefined
  /** Called when it ended without an error. */
  readonly answered: () => void
  /** Called when it is over. */
  readonly wake: () => void
}

const nothing: readonly never[] = []

/** An idle worker waits at least so long, though `sleep` is 0: to ask without pause would wear out a core for nothing. */
const leastWaitMs: Ms = 10

/** The wait for jobs while nothing is there: the store's own, or `sleep` where it has none. */
export class IdleWait {
  readonly #parts: WaitParts
  /** One for many waits: to make one takes longer than the rest of a wait. */
  #controller = new AbortController()
  #isOn = false
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: WaitParts) {
    this.#parts = parts
  }

  get isOn(): boolean {
    return this.#isOn
  }

  begin(queues: readonly string[], take: TakeRequest): void {
    this.#ended = this.#wait(queues, take)
  }

  /** Resolves when what it reserved is started or given back. */
  async end(): Promise<void> {
    if (this.#isOn) this.#controller.abort()
    await this.#ended
  }

  async #wait(queues: readonly string[], take: TakeRequest): Promise<void> {
    const { clock, connector, sleepMs, emitter, took, wake, brake, answered } = this.#parts
    if (this.#controller.signal.aborted) this.#controller = new AbortController()
    const { signal } = this.#controller
    const at = clock.monotonic()
    const { epoch } = brake
    this.#isOn = true
    if (emitter.hears('worker:idle')) emitter.emit('worker:idle', { queues })
    try {
      const wait = connector.wait?.bind(connector) ?? this.#sleep
      const waitMs = Math.max(sleepMs, leastWaitMs)
      const reserved = await wait(queues, waitMs, signal, take)
      answered()
      startAll(reserved, at, this.#parts)
    } catch (error) {
      if (took !== undefined) for (const queue of queues) took(queue, take.limit)
      brake.failed(error, epoch)
    } finally {
      this.#isOn = false
      wake()
    }
  }

  readonly #sleep = async (
    _: readonly string[],
    sleepMs: Ms,
    signal: AbortSignal,
  ): Promise<readonly never[]> => {
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#parts.clock.after(sleepMs, end)
      signal.addEventListener('abort', end)
    })
    return nothing
  }
}
