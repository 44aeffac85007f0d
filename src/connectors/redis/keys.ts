import type { RedisTarget } from './target.ts'

/** The keys of one queue. The first three are think-queue's, byte for byte; on a cluster all share one hash tag. */
export interface QueueKeys {
  readonly queue: string
  /** List: RPUSH in, LPOP out. */
  readonly list: string
  /** Sorted set: due times in seconds. */
  readonly delayed: string
  /** Sorted set: ends of leases in seconds. */
  readonly reserved: string
  /** Sorted set: ids of failed jobs by when they failed, ms. */
  readonly failed: string
  /** Hash: records of failed jobs by id. */
  readonly records: string
  /** There while the queue is paused. */
  readonly paused: string
  /** Sorted set: ids that callers gave, by when they are forgotten, seconds. */
  readonly tokens: string
  /** Begins the keys of push commands that were carried out. */
  readonly pushes: string
  /** Begins the keys of notes of what was taken for a worker that waits. */
  readonly taken: string
  /** Sorted set: rows of outboxes that were taken, by the term of who sent them; and the lowest term that counts. */
  readonly marks: string
  /** Channel: a delayed job came that is due before the others. */
  readonly wake: string
}

/** Names of everything that is kept in one Redis. */
export class Keys {
  /** Set: every queue that was ever used here. */
  readonly queues: string
  /** Channel: restart, pause, resume. */
  readonly control: string
  /** The highest term that a sender of an outbox was given. */
  readonly terms: string
  /** Hash: what workers say of themselves. */
  readonly workers: string
  /** The same for all who mean the same keys of one Redis, by whatever address. */
  readonly place: string
  readonly #prefix: string
  readonly #tagged: boolean
  readonly #db: number
  readonly #known = new Map<string, QueueKeys>()

  constructor({ prefix, tagged, db }: Pick<RedisTarget, 'prefix' | 'tagged' | 'db'>) {
    this.#prefix = prefix
    this.#tagged = tagged
    this.#db = db
    this.queues = `${prefix}thinkq:queues`
    this.control = `${prefix}thinkq:control`
    this.terms = `${prefix}thinkq:terms`
    this.workers = `${prefix}thinkq:workers`
    this.place = `${db}:${prefix}`
  }

  of(queue: string): QueueKeys {
    let keys = this.#known.get(queue)
    if (keys === undefined) {
      keys = this.#make(queue)
      this.#known.set(queue, keys)
    }
    return keys
  }

  cache(key: string): string {
    return `${this.#prefix}thinkq:cache:${key}`
  }

  #make(queue: string): QueueKeys {
    const part = this.#tagged ? `{queues:${queue}}` : `queues:${queue}`
    const own = this.#tagged ? part : queue
    const list = `${this.#prefix}${part}`
    return {
      queue,
      list,
      delayed: `${list}:delayed`,
      reserved: `${list}:reserved`,
      failed: `${list}:failed`,
      tokens: `${list}:tokens`,
      records: `${this.#prefix}thinkq:failed:${own}`,
      paused: `${this.#prefix}thinkq:paused:${own}`,
      pushes: `${this.#prefix}thinkq:pushes:${own}:`,
      taken: `${this.#prefix}thinkq:taken:${own}:`,
      marks: `${this.#prefix}thinkq:outbox:${own}`,
      wake: `${this.#prefix}thinkq:wake:${this.#db}:${queue}`,
    }
  }
}
