import type { Reservation, TakeRequest } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { Awake } from './awake.ts'
import { Catcher } from './catcher.ts'
import type { Exchange } from './exchange.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'

interface WaitingParts {
  readonly link: Link
  readonly keys: Keys
  readonly exchange: Exchange
  readonly awake: Awake
}

/** A wait for one queue, of which jobs may be brought. */
interface Catch {
  readonly queue: string
  readonly take: TakeRequest
  readonly timeoutMs: Ms
  readonly signal: AbortSignal
}

const none: readonly never[] = []

/** How a worker waits: for one queue with a reserve behind the blocking call, for several, or on a cluster, without. */
export class Waiting {
  readonly #parts: WaitingParts
  readonly #catchers = new Map<string, Catcher>()

  constructor(parts: WaitingParts) {
    this.#parts = parts
  }

  async wait(
    queues: readonly string[],
    timeoutMs: Ms,
    signal: AbortSignal,
    take: TakeRequest | undefined,
  ): Promise<readonly Reservation[]> {
    const { link, exchange } = this.#parts
    const open = exchange.notes.open(queues)
    if (take !== undefined && queues.length === 1 && open.length === 1 && !link.isCluster) {
      const queue = queues[0]!
      const catcher = this.#catcherOf(queue)
      if (!catcher.isForbidden) return this.#catch(catcher, { queue, take, timeoutMs, signal })
    }
    return this.#watch(queues, open, timeoutMs, signal)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#catchers.values()].map((catcher) => catcher.close()))
  }

  async #watch(
    queues: readonly string[],
    open: readonly string[],
    timeoutMs: Ms,
    signal: AbortSignal,
  ): Promise<readonly never[]> {
    const { exchange, awake } = this.#parts
    const dueInMs = open.length === 0 ? Infinity : exchange.notes.dueInMs
    const outlook = await awake.wait({ queues: open, dueInMs, timeoutMs, signal })
    if (outlook.isEmpty && open.length === queues.length)
      exchange.notes.sawNothing(queues, outlook.nextDueInMs)
    return none
  }

  async #catch(catcher: Catcher, { queue, take, timeoutMs, signal }: Catch): Promise<readonly Reservation[]> {
    const { exchange, awake } = this.#parts
    const queues = [queue]
    if (!catcher.fits(take)) {
      const caught = await catcher.collect()
      if (caught !== null && caught.length > 0) return this.#upTo(take.limit, caught)
    }
    const listen = (ring: () => void) => catcher.listen(take, ring)
    const outlook = await awake.wait({ queues, dueInMs: exchange.notes.dueInMs, timeoutMs, signal, listen })
    if (outlook.isEmpty) {
      exchange.notes.sawNothing(queues, outlook.nextDueInMs)
      catcher.leave()
      return none
    }
    const caught = await catcher.collect()
    if (caught === null) return none
    if (caught.length === 0) exchange.notes.sawNothing(queues, exchange.notes.dueInMs)
    return this.#upTo(take.limit, caught)
  }

  /** What an earlier call with a higher limit caught beyond this one goes back. */
  #upTo(limit: number, caught: readonly Reservation[]): readonly Reservation[] {
    if (caught.length <= limit) return caught
    this.#giveBack(caught.slice(limit))
    return caught.slice(0, limit)
  }

  /** Unspent; without an answer they come back when their leases end. */
  #giveBack(reservations: readonly Reservation[]): void {
    const batch = reservations.map((reservation) => {
      return { kind: 'release' as const, reservation, delayMs: 0, spend: false }
    })
    this.#parts.exchange.settle(batch).catch(() => undefined)
  }

  #catcherOf(queue: string): Catcher {
    const known = this.#catchers.get(queue)
    if (known !== undefined) return known
    const { link, keys, exchange } = this.#parts
    const catcher = new Catcher({
      list: keys.of(queue).list,
      main: link,
      another: () => link.duplicate('wait'),
      reserve: (own, take, deadlineMs) => exchange.take(own, queue, take, deadlineMs),
      giveBack: (reservations) => this.#giveBack(reservations),
    })
    this.#catchers.set(queue, catcher)
    return catcher
  }
}
