import type { PullConnector, Reservation, ReserveRequest } from '../../contract/connector.ts'
import type { ChildMessage, ParentMessage, Sources } from '../../process/parent.ts'
import { changeIn } from './sources.ts'

interface GateParts {
  readonly store: PullConnector
  /** What this process has loaded. */
  readonly sources: Sources
  /** Deliveries another child reserved for this one. */
  readonly given: readonly Reservation[]
  /** Says it to the listener; resolves when it is out. */
  readonly tell: (message: ChildMessage) => Promise<void>
  /** What the listener says next; null once it is gone. */
  readonly nextOrder: () => Promise<ParentMessage | null>
  /** Told of those whose lease ended on the way. */
  readonly lost: (reservation: Reservation) => void
  /** Makes the worker take no more. */
  readonly close: () => void
}

/**
 * Between the store and the worker of a listener's child: what was reserved passes only while the code that was loaded is what is on
 * disk. Otherwise it is handed over as it is, at the same attempt, to a child with newer code; when there is none, the worker gets
 * it after it was closed, and so gives it back unspent.
 */
export class Gate {
  /** The store as the worker sees it. */
  readonly store: PullConnector
  readonly #parts: GateParts
  #given: readonly Reservation[]

  constructor(parts: GateParts) {
    this.#parts = parts
    this.#given = parts.given
    const { store } = parts
    const guarded: Partial<PullConnector> = {
      reserve: (request) => this.#reserve(request),
      ...(store.exchange && {
        exchange: async (...args) => {
          const { refused, reserved } = await store.exchange!(...args)
          return { refused, reserved: await this.#admit(reserved) }
        },
      }),
      ...(store.wait && { wait: async (...args) => this.#admit(await store.wait!(...args)) }),
    }
    this.store = new Proxy(store, {
      get(target, key) {
        const value = Reflect.get(key in guarded ? guarded : target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  /** What was given and never asked for goes back unspent. */
  async giveBack(): Promise<void> {
    const given = this.#given
    this.#given = []
    if (given.length === 0) return
    await this.#parts.store.settle(
      given.map((reservation) => ({ kind: 'release', reservation, delayMs: 0, spend: false })),
    )
  }

  async #reserve(request: ReserveRequest): Promise<readonly Reservation[]> {
    const given = await this.#renewed(request)
    return this.#admit(given.length > 0 ? given : await this.#parts.store.reserve(request))
  }

  async #renewed({ expireMs }: ReserveRequest): Promise<readonly Reservation[]> {
    if (this.#given.length === 0) return this.#given
    const refused = new Set(
      (await this.#parts.store.touch(this.#given, expireMs)).map(({ receipt }) => receipt),
    )
    const given = this.#given
    this.#given = []
    for (const reservation of given) if (refused.has(reservation.receipt)) this.#parts.lost(reservation)
    return given.filter(({ receipt }) => !refused.has(receipt))
  }

  async #admit(reserved: readonly Reservation[]): Promise<readonly Reservation[]> {
    if (reserved.length === 0) return reserved
    const { sources, tell, nextOrder, close } = this.#parts
    const file = changeIn(sources)
    if (file === undefined) {
      void tell({ kind: 'took', reservations: reserved })
      return reserved
    }
    const order = nextOrder()
    void tell({ kind: 'stale', file })
    const isWanted = (await order)?.kind === 'hand-over'
    close()
    if (!isWanted) return reserved
    await tell({ kind: 'handed', reservations: reserved })
    return []
  }
}
