import type { StoreNews } from '../../contract/connector.ts'
import type { Keys } from './keys.ts'
import type { Link } from './link.ts'
import type { Outlook } from './look-ahead.ts'
import { Subscriber } from './subscriber.ts'
import { Waiter, type WaitRequest } from './waiter.ts'

export interface AwakeParts {
  readonly keys: Keys
  readonly isCluster: boolean
  /** The connection for commands, opened. */
  readonly wire: () => Promise<Link>
  /** A connection of its own, not opened yet: for a call that blocks, or for messages. */
  readonly another: (role: 'wait' | 'news') => Link
}

/** Waiting and news of one store: sleeps until there is something to do, and is woken by whatever may be the reason. */
export class Awake {
  readonly #keys: Keys
  readonly #waiter: Waiter
  readonly #subscriber: Subscriber
  readonly #queues = new Map<string, string>()

  constructor({ keys, isCluster, wire, another }: AwakeParts) {
    this.#keys = keys
    this.#waiter = new Waiter({ keys, isCluster, link: wire, another: () => another('wait') })
    this.#subscriber = new Subscriber({
      link: () => another('news'),
      control: keys.control,
      woken: (channel) => this.#waiter.wake(this.#queues.get(channel)!),
    })
  }

  /** See `Waiter.wait`. */
  wait(request: WaitRequest): Promise<Outlook> {
    this.#follow(request.queues)
    return this.#waiter.wait(request)
  }

  /** To be told whenever a reserve is sent: it will see what came before. */
  reserving(): void {
    this.#waiter.reserving()
  }

  /** Tells of restart, pause and resume until the answer is called. */
  hear(news: StoreNews): () => void {
    return this.#subscriber.hear(news)
  }

  async close(): Promise<void> {
    await Promise.all([this.#subscriber.close(), this.#waiter.close()])
  }

  #follow(queues: readonly string[]): void {
    const added: string[] = []
    for (const queue of queues) {
      const { wake } = this.#keys.of(queue)
      if (this.#queues.has(wake)) continue
      this.#queues.set(wake, queue)
      added.push(wake)
    }
    if (added.length > 0) this.#subscriber.follow(added)
  }
}
