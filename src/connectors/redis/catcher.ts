import type { Reservation, TakeRequest } from '../../contract/connector.ts'
import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { blockBrake, blockGraceMs, blockOn } from './block.ts'
import type { Link } from './link.ts'
import { type FollowingParts, followUp, type LostCall } from './lost-call.ts'

/** How long one blocking call lasts: so often an idle connection costs a few commands. */
const blockMs: Ms = 30_000
/** So long a call that nobody waits for any more stays for the next wait. */
const leftMs: Ms = 20
/** Without an answer by then an ended call is given up with its connection. */
const unblockMs: Ms = 500
/** Between two attempts to unblock a call that had not reached the server. */
const againMs: Ms = 5

interface CatcherParts extends FollowingParts {
  readonly list: string
  /** A connection of its own, not opened yet. */
  readonly another: () => Link
  /** Reserves over that connection; null: nothing was there, and no more was looked for. */
  readonly reserve: (link: Link, take: TakeRequest, deadlineMs: Ms) => Promise<readonly Reservation[] | null>
  /** Gives back, unspent, what nobody waited for. */
  readonly giveBack: (reservations: readonly Reservation[]) => void
}

/** A blocking call and the reserve behind it, sent. */
interface Sent extends LostCall {
  readonly head: Promise<unknown>
  readonly caught: Promise<readonly Reservation[] | null>
}

/** The same under way. */
interface Call {
  readonly take: TakeRequest
  readonly client: number
  done: Promise<void>
  isDone: boolean
}

const none = Promise.resolve()

/**
 * Waits for the head of one list with a reserve right behind, on one connection: Redis runs it in the moment of waking, and the
 * job is here one trip after its push. The waiting call itself takes nothing.
 */
export class Catcher {
  /** This user may not unblock a client, so that no call could be ended. */
  isForbidden = false
  readonly #parts: CatcherParts
  #link: Link
  #call: Call | undefined
  /** What came since the last `collect`; null: nothing did. */
  #caught: readonly Reservation[] | null = null
  /** Of what came last. */
  #receipt: string | undefined
  readonly #listeners = new Set<() => void>()
  /** Of the last that began to listen. */
  #take: TakeRequest | undefined
  #isArming = false
  #isClosed = false
  #failures = 0
  #client: { readonly epoch: number; readonly id: number } | undefined
  #left: NodeJS.Timeout | undefined

  constructor(parts: CatcherParts) {
    this.#parts = parts
    this.#link = parts.another()
  }

  /** Whether `collect` has something to say without ending a call. */
  get hasCaught(): boolean {
    return this.#caught !== null
  }

  /** Calls `ring` once when a call has ended, or cannot be made; the answer cancels it. */
  listen(take: TakeRequest, ring: () => void): () => void {
    clearTimeout(this.#left)
    this.#listeners.add(ring)
    this.#take = take
    if (this.#call === undefined && !this.#isArming && !this.#isClosed) void this.#arm()
    return () => this.#listeners.delete(ring)
  }

  /** Whether nothing was caught before, and what is under way is taken as this would be. */
  fits(take: TakeRequest): boolean {
    if (this.#caught !== null) return false
    if (this.#call === undefined) return true
    const { expireMs, force } = this.#call.take
    return expireMs === take.expireMs && force === take.force
  }

  /** Leaves the call to the next wait, if that comes at once. */
  leave(): void {
    clearTimeout(this.#left)
    this.#left = setTimeout(() => {
      void this.collect().then((caught) => {
        if (caught !== null && caught.length > 0) this.#parts.giveBack(caught)
      })
    }, leftMs)
  }

  /** Ends what is under way and answers what was caught; null when nothing was. */
  async collect(): Promise<readonly Reservation[] | null> {
    clearTimeout(this.#left)
    if (this.#call !== undefined) await this.#unblock(this.#call)
    return this.#handOver()
  }

  /** The same, at once; null as well while a call is under way. */
  caught(): readonly Reservation[] | null {
    if (this.#call !== undefined) return null
    clearTimeout(this.#left)
    return this.#handOver()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#left)
    this.#ring()
    await this.#link.close()
  }

  async #arm(): Promise<void> {
    this.#isArming = true
    try {
      await this.#link.open()
      const client = await this.#clientId()
      if (this.#listeners.size === 0 || this.#isClosed) return
      if (!this.#link.isUp) return this.#later()
      this.#begin(this.#take!, client)
      this.#failures = 0
    } catch (error) {
      this.isForbidden = error instanceof StoreError && error.code === 'NOPERM'
      this.#later()
    } finally {
      this.#isArming = false
    }
  }

  async #clientId(): Promise<number> {
    const { epoch } = this.#link
    if (this.#client?.epoch !== epoch) {
      const id = (await this.#link.send('CLIENT', ['ID'])) as number
      await this.#parts.main.send('CLIENT', ['UNBLOCK', 0])
      this.#client = { epoch, id }
    }
    return this.#client.id
  }

  #begin(take: TakeRequest, client: number): void {
    const { list, reserve, main } = this.#parts
    const link = this.#link
    const call: Call = { take, client, isDone: false, done: none }
    call.done = link.inOneWrite(() => {
      const head = blockOn(link, list, blockMs)
      const caught = reserve(link, take, blockMs + 2 * blockGraceMs)
      return this.#outcome({ head, caught, take, client, runId: main.facts?.runId }, call)
    })
    this.#call = call
  }

  async #outcome(sent: Sent, call: Call): Promise<void> {
    const { head, caught } = sent
    let failure: unknown
    head.catch((error: unknown) => {
      failure = error
    })
    try {
      const reservations = await caught
      // The head's answer came before.
      if (failure !== undefined) throw failure
      if (reservations !== null) this.#came(reservations)
    } catch {
      this.#failures++
      // What had not been sent is sent once the connection is back.
      void caught.then(
        (late) => this.#late(late ?? []),
        () => this.#recover(sent),
      )
    }
    call.isDone = true
    if (this.#call === call) this.#call = undefined
    this.#ring()
  }

  async #recover(sent: Sent): Promise<void> {
    const found = await followUp(sent, this.#parts, () => !this.#isClosed)
    this.#late(found.filter(({ receipt }) => receipt !== this.#receipt))
  }

  #came(reservations: readonly Reservation[]): void {
    if (reservations.length > 0) this.#receipt = reservations.at(-1)!.receipt
    this.#caught = [...(this.#caught ?? []), ...reservations]
  }

  /** For who waits now, or else for the next one. */
  #late(reservations: readonly Reservation[]): void {
    if (reservations.length === 0 || this.#isClosed) return
    this.#came(reservations)
    if (this.#listeners.size === 0) this.leave()
    this.#ring()
  }

  /** While the connection cannot block, whoever waits asks now and then by itself. */
  #later(): void {
    this.#failures++
    setTimeout(() => this.#ring(), blockBrake(this.#failures, undefined)!).unref()
  }

  async #unblock(call: Call): Promise<void> {
    const deadline = performance.now() + unblockMs
    while (!call.isDone && performance.now() < deadline) {
      const asked = this.#parts.main
        .send('CLIENT', ['UNBLOCK', call.client], unblockMs)
        .catch(() => undefined)
      await Promise.race([call.done, asked.then(() => soon(againMs))])
    }
    if (call.isDone) return
    // Its connection or its server hangs: the call is lost with it, and followed up.
    this.#call = undefined
    const link = this.#link
    if (!this.#isClosed) this.#link = this.#parts.another()
    await link.close()
  }

  #handOver(): readonly Reservation[] | null {
    const caught = this.#caught
    this.#caught = null
    return caught
  }

  #ring(): void {
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const ring of listeners) ring()
  }
}

function soon(ms: Ms): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
