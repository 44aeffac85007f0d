import type { StoreNews } from '../../contract/connector.ts'
import { StoreError } from '../../contract/errors.ts'
import { type RetryPolicy, reconnectPolicy } from '../../contract/retry.ts'
import type { Ms } from '../../contract/time.ts'
import { isOutcomeUnknown } from './errors.ts'
import type { Link } from './link.ts'

const usualQuietMs: Ms = 15_000
const deadlineMs: Ms = 5_000
/** In small letters, by which alone ioredis knows it. */
const subscribe = 'subscribe'
/** Of a server that lets nobody listen. */
const consequence =
  'Without its channels this worker hears of restart, pause, resume and earlier delayed jobs only when it looks by itself'
const brake: RetryPolicy = reconnectPolicy()

interface SubscriberParts {
  /** A connection of its own, not opened yet. */
  readonly link: () => Link
  /** The channel of restart, pause and resume. */
  readonly control: string
  /** A message came on one of the other channels; none, when one may have been missed. */
  readonly woken: (channel: string, message?: string) => void
  /** A connection on which nothing was heard for so long is asked whether it is still there. */
  readonly quietMs?: Ms
}

/**
 * Hears what others of ours publish, all on one connection, which is made when somebody first wants to hear. Messages only make
 * things faster: whatever may have been missed is made up for by telling everybody to look.
 */
export class Subscriber {
  readonly #parts: SubscriberParts
  readonly #news = new Set<StoreNews>()
  readonly #channels: Set<string>
  readonly #quietMs: Ms
  #link: Link | undefined
  #isClosed = false
  #hasComplained = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined

  constructor(parts: SubscriberParts) {
    this.#parts = parts
    this.#quietMs = parts.quietMs ?? usualQuietMs
    this.#channels = new Set([parts.control])
  }

  /** Tells of restart, pause and resume until the answer is called. */
  hear(news: StoreNews): () => void {
    this.#news.add(news)
    this.#start()
    return () => this.#news.delete(news)
  }

  /** Listens on these channels too, for good. */
  follow(channels: readonly string[]): void {
    const added = channels.filter((channel) => !this.#channels.has(channel))
    for (const channel of added) this.#channels.add(channel)
    if (this.#link === undefined) this.#start()
    else if (added.length > 0) void this.#subscribe(this.#link, added)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#link?.close()
  }

  #start(): void {
    if (this.#link !== undefined || this.#isClosed) return
    const link = this.#parts.link()
    this.#link = link
    link.onMessage((channel, message) => this.#heard(channel, message))
    link.onUp(() => void this.#subscribe(link, [...this.#channels]))
    void this.#open(link)
  }

  async #open(link: Link): Promise<void> {
    try {
      await link.open()
    } catch {
      this.#later(this.#brakeMs(), () => this.#open(link))
    }
  }

  /** A link that is down subscribes when it is up again. */
  async #subscribe(link: Link, channels: readonly string[]): Promise<void> {
    if (!link.isUp) return
    try {
      await link.send(subscribe, channels, deadlineMs)
      if (link !== this.#link) return
      this.#failures = 0
      for (const channel of channels) this.#heard(channel)
    } catch (error) {
      this.#failed(link, error)
    }
  }

  #heard(channel: string, message?: string): void {
    if (this.#isClosed) return
    this.#later(this.#quietMs, () => this.#check())
    if (channel !== this.#parts.control) this.#parts.woken(channel, message)
    else for (const news of this.#news) news.control()
  }

  /** Subscribing again changes nothing, and is answered on the very connection that the messages come on, on a cluster too. */
  async #check(): Promise<void> {
    const link = this.#link!
    try {
      await link.send(subscribe, [...this.#channels], deadlineMs)
      if (link === this.#link) this.#later(this.#quietMs, () => this.#check())
    } catch (error) {
      this.#failed(link, error)
    }
  }

  /** A refusal may pass; a connection that died is replaced as a whole, for on a cluster nothing else would end it. */
  #failed(link: Link, error: unknown): void {
    if (link !== this.#link || this.#isClosed) return
    if (error instanceof StoreError && !error.transient) this.#complain(error)
    const isDead = isOutcomeUnknown(error)
    this.#later(this.#brakeMs(), () =>
      isDead ? this.#replace(link) : this.#subscribe(link, [...this.#channels]),
    )
  }

  async #replace(link: Link): Promise<void> {
    this.#link = undefined
    this.#start()
    await link.close()
  }

  #complain({ message }: Error): void {
    if (this.#hasComplained) return
    this.#hasComplained = true
    for (const news of this.#news) news.warn(`${message}. ${consequence}`)
  }

  #brakeMs(): Ms {
    this.#failures++
    return brake(this.#failures, undefined)!
  }

  /** In place of what was to be done before. */
  #later(delayMs: Ms, act: () => Promise<void>): void {
    clearTimeout(this.#timer)
    if (!this.#isClosed) this.#timer = setTimeout(() => void act(), delayMs).unref()
  }
}
