import { randomBytes } from 'node:crypto'
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

  wait(
    queues: readonly string[],
    timeoutMs: Ms,
    signal: AbortSignal,
    take: TakeRequest | undefined,
  ): Promise<readonly Reservation[]> {
    const { link, exchange } = this.#parts
    exchange.notes.waiting()
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
      if (caught !== null && caught.length > 0) return caught
    }
    const listen = (ring: () => void) => catcher.listen(take, ring)
    const outlook = await awake.wait({ queues, dueInMs: exchange.notes.dueInMs, timeoutMs, signal, listen })
    if (outlook.isEmpty) exchange.notes.sawNothing(queues, outlook.nextDueInMs)
    // What fell due is asked for at once; the call under way is for the next wait.
    const isDue = exchange.notes.dueInMs <= 0
    if ((outlook.isEmpty || isDue) && !catcher.hasCaught && !signal.aborted) {
      catcher.leave()
      return none
    }
    const caught = catcher.caught() ?? (await catcher.collect())
    if (caught === null) return none
    if (caught.length === 0) exchange.notes.sawNothing(queues, exchange.notes.dueInMs)
    return caught
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
    const { list, taken } = keys.of(queue)
    const note = `${taken}${randomBytes(9).toString('base64url')}`
    const catcher = new Catcher({
      list,
      main: link,
      another: () => link.duplicate('wait'),
      reserve: (own, take, deadlineMs) => exchange.take(own, { queue, take, note, deadlineMs }),
      noted: (take) => exchange.taken(queue, take, note),
      giveBack: (reservations) => this.#giveBack(reservations),
    })
    this.#catchers.set(queue, catcher)
    return catcher
  }
}
