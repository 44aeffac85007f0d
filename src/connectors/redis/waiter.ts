import type { Ms } from '../../contract/time.ts'
import { ringAt } from './alarm.ts'
import type { Keys } from './keys.ts'
import { knockBefore } from './knock.ts'
import type { Link } from './link.ts'
import { ListPoll } from './list-poll.ts'
import { ListWatch } from './list-watch.ts'
import { LookAhead, type Outlook, unknown } from './look-ahead.ts'

/** More queues than these are polled: each costs a connection. */
const mostWatched = 8
/** A wait lasts at most so much longer than its time-out. */
const longestLookMs: Ms = 1_000

interface WaiterParts {
  readonly keys: Keys
  readonly isCluster: boolean
  /** The connection for commands, opened. */
  readonly link: () => Promise<Link>
  /** A connection of its own for a call that blocks, not opened yet. */
  readonly another: () => Link
}

/** What is waited for. */
export interface WaitRequest {
  /** Only those from which something could be had: one that is paused would end the wait for nothing. */
  readonly queues: readonly string[]
  /** How long until something is due, as far as is known; Infinity: nothing is. */
  readonly dueInMs: Ms
  readonly timeoutMs: Ms
  readonly signal: AbortSignal
  /** Listens in place of the lists being watched; the answer stops it. */
  readonly listen?: (ring: () => void) => () => void
}

/** Begins to listen; the answers stop it. */
type Listen = (ring: () => void) => readonly (() => void)[]

/** One wait under way. */
interface Wait {
  readonly queues: readonly string[]
  readonly signal: AbortSignal
  readonly end: () => void
}

/** Sleeps until a reserve is worth it; takes nothing. Its connections are made by the first wait and kept. */
export class Waiter {
  readonly #parts: WaiterParts
  readonly #look: LookAhead
  readonly #poll: ListPoll
  readonly #watches = new Map<string, ListWatch>()
  readonly #waits = new Set<Wait>()
  /** Signals that are listened to: one serves many waits, and to listen anew for each takes longer than the rest of a wait. */
  readonly #heard = new WeakSet<AbortSignal>()
  /** Queues of which there was news since the last reserve was sent. */
  readonly #news = new Set<string>()
  #isClosed = false

  constructor(parts: WaiterParts) {
    this.#parts = parts
    this.#look = new LookAhead(parts.link, parts.keys, parts.isCluster)
    this.#poll = new ListPoll((lists) => this.#look.hasHead(lists))
  }

  /**
   * Ends when a list has a head, when something is due, at a wake-up, at the time-out, when `signal` aborts, and when this is
   * closed. After a time-out it tells whether a reserve would find nothing, so that none need be sent.
   */
  async wait({ queues, dueInMs, timeoutMs, signal, listen }: WaitRequest): Promise<Outlook> {
    const now = performance.now()
    const isOver = () => signal.aborted || this.#isClosed
    if (isOver() || this.#hasNews(queues)) return unknown
    const dueAt = now + dueInMs
    const deadline = now + timeoutMs
    const listening = listen === undefined ? this.#watching(queues) : (ring: () => void) => [listen(ring)]
    const leave = knockBefore(this.#parts.isCluster ? Infinity : dueAt, this.#parts.link)
    await this.#until(queues, Math.min(dueAt, deadline), signal, listening)
    leave()
    if (isOver() || queues.length === 0 || dueAt <= deadline || performance.now() < deadline) return unknown
    return this.#lookUnless(queues, signal)
  }

  /** To be told whenever a reserve is sent: it will see what came before. */
  reserving(): void {
    this.#news.clear()
  }

  /** Something delayed is due earlier than was known, or that may have been missed. */
  wake(queue: string): void {
    this.#news.add(queue)
    for (const { queues, end } of [...this.#waits]) if (queues.includes(queue)) end()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const { end } of [...this.#waits]) end()
    await Promise.all([...this.#watches.values()].map((watch) => watch.close()))
    this.#watches.clear()
  }

  #hasNews(queues: readonly string[]): boolean {
    let isNews = false
    for (const queue of queues) if (this.#news.delete(queue)) isNews = true
    return isNews
  }

  #until(queues: readonly string[], time: Ms, signal: AbortSignal, listen: Listen): Promise<void> {
    return new Promise((resolve) => {
      const stops: (() => void)[] = []
      const end = () => {
        if (!this.#waits.delete(wait)) return
        for (const stop of stops) stop()
        for (const queue of queues) this.#news.delete(queue)
        resolve()
      }
      const wait = this.#begin({ queues, signal, end })
      stops.push(ringAt(time, end), ...listen(end))
    })
  }

  #begin(wait: Wait): Wait {
    const { signal } = wait
    this.#waits.add(wait)
    if (!this.#heard.has(signal)) {
      this.#heard.add(signal)
      signal.addEventListener('abort', () => this.#aborted(signal), { once: true })
    }
    return wait
  }

  #aborted(signal: AbortSignal): void {
    for (const wait of [...this.#waits]) if (wait.signal === signal) wait.end()
  }

  #watching(queues: readonly string[]): Listen {
    return (ring) => this.#listen(queues, ring)
  }

  #listen(queues: readonly string[], ring: () => void): readonly (() => void)[] {
    const polled: string[] = []
    const stops: (() => void)[] = []
    for (const queue of queues) {
      const { list } = this.#parts.keys.of(queue)
      const watch = this.#watchOf(list)
      if (watch === undefined) polled.push(list)
      else stops.push(watch.listen(ring))
    }
    if (polled.length > 0) stops.push(this.#poll.listen(polled, ring))
    return stops
  }

  #watchOf(list: string): ListWatch | undefined {
    let watch = this.#watches.get(list)
    if (watch === undefined && this.#watches.size < mostWatched) {
      watch = new ListWatch(list, this.#parts.another(), () => this.#look.hasHead([list]))
      this.#watches.set(list, watch)
    }
    return watch
  }

  /** Neither a close nor an abort nor a server that stands still has it wait for the answer. */
  #lookUnless(queues: readonly string[], signal: AbortSignal): Promise<Outlook> {
    return new Promise((resolve) => {
      const end = () => {
        this.#waits.delete(wait)
        stop()
        resolve(unknown)
      }
      const stop = ringAt(performance.now() + longestLookMs, end)
      const wait = this.#begin({ queues, signal, end })
      this.#look.look(queues).then((outlook) => {
        resolve(outlook)
        end()
      }, end)
    })
  }
}
