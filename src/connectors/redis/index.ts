import type {
  ConnectorFactory,
  Envelope,
  PullConnector,
  QueueSize,
  Reservation,
  ReserveRequest,
  Settlement,
  StoreNews,
  TakeRequest,
} from '../../contract/connector.ts'
import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { Awake } from './awake.ts'
import { RedisCache } from './cache.ts'
import { Exchange } from './exchange.ts'
import { RedisFailedJobs } from './failed-jobs.ts'
import { Keys } from './keys.ts'
import { Link } from './link.ts'
import { clearScript } from './lua/size.ts'
import { type RedisConnectorOptions as ConnectionOptions, redisTarget } from './options.ts'
import { RedisOutboxStore } from './outbox-store.ts'
import { applyPauses } from './pauses.ts'
import { Pusher } from './push.ts'
import { Registrar } from './registrar.ts'
import { RedisRoster } from './roster.ts'
import { queueSize } from './size.ts'
import type { RedisTarget } from './target.ts'
import { touch } from './touch.ts'
import { Waiting } from './waiting.ts'

const none: readonly never[] = []

/** Jobs in Redis, where and as think-queue keeps them: PHP's workers and ours may share a queue. */
export class RedisConnector implements PullConnector {
  readonly name = 'redis'
  readonly wire = 'member'
  readonly resolutionMs = 1
  readonly cycles = 2
  readonly failed: RedisFailedJobs
  readonly cache: RedisCache
  readonly roster: RedisRoster
  readonly outbox: RedisOutboxStore
  readonly #link: Link
  readonly #keys: Keys
  readonly #exchange: Exchange
  readonly #pusher: Pusher
  readonly #registrar: Registrar
  readonly #awake: Awake
  readonly #waiting: Waiting
  readonly #restart: Link
  readonly #news = new Set<StoreNews>()
  #closed = false

  constructor(target: RedisTarget, connection: string, restartKey: RestartKeyOption = {}) {
    const { key = 'think:queue:restart', select = target.db } = restartKey
    this.#keys = new Keys(target)
    this.#link = new Link(target)
    this.#restart = select === target.db ? this.#link : new Link({ ...target, db: select }, 'restart')
    const link = async () => {
      await this.open()
      return this.#link
    }
    const restart = async () => {
      await (this.#restart === this.#link ? this.open() : this.#restart.open())
      return this.#restart
    }
    this.#exchange = new Exchange({
      link: this.#link,
      keys: this.#keys,
      connection,
      warn: (message) => this.#warn(message),
      reserving: () => this.#awake.reserving(),
    })
    this.#registrar = new Registrar(this.#link, this.#keys)
    this.#pusher = new Pusher(this.#link, this.#keys, this.#registrar)
    this.outbox = new RedisOutboxStore(link, this.#keys, this.#registrar)
    this.#awake = new Awake({
      keys: this.#keys,
      isCluster: this.#link.isCluster,
      wire: link,
      another: (role) => this.#link.duplicate(role),
    })
    this.#waiting = new Waiting({
      link: this.#link,
      keys: this.#keys,
      exchange: this.#exchange,
      awake: this.#awake,
    })
    this.failed = new RedisFailedJobs(link, this.#keys)
    this.cache = new RedisCache(link, this.#keys, { key, link: restart })
    this.roster = new RedisRoster(link, this.#keys.workers, target.db)
  }

  async open(): Promise<void> {
    this.#refuseIfClosed()
    await this.#link.open()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#awake, this.#waiting, this.#restart, this.#link].map((part) => part.close()))
  }

  async push(batch: readonly Envelope[], now?: Ms): Promise<readonly string[]> {
    this.#refuseIfClosed()
    return batch.length === 0 ? none : this.#pusher.push(batch, now)
  }

  async reserve(request: ReserveRequest): Promise<readonly Reservation[]> {
    return (await this.exchange(none, request)).reserved
  }

  async settle(batch: readonly Settlement[], now?: Ms): Promise<readonly Settlement[]> {
    await this.open()
    return batch.length === 0 ? none : (await this.#exchange.settle(batch, now)).refused
  }

  exchange(batch: readonly Settlement[], request: ReserveRequest) {
    const isReady = this.#link.isUp && this.#registrar.knows(request.queues)
    return isReady ? this.#exchange.run(batch, request) : this.#exchangeWhenReady(batch, request)
  }

  async wait(
    queues: readonly string[],
    timeoutMs: Ms,
    signal: AbortSignal,
    take?: TakeRequest,
  ): Promise<readonly Reservation[]> {
    if (!this.#link.isUp) await this.open()
    return await this.#waiting.wait(queues, timeoutMs, signal, take)
  }

  hear(news: StoreNews): () => void {
    this.#news.add(news)
    const deaf = [
      this.#awake.hear(news),
      this.#link.onUp(() => news.up()),
      this.#link.onWarning((text) => news.warn(text)),
      () => this.#news.delete(news),
    ]
    return () => {
      for (const stop of deaf) stop()
    }
  }

  async touch(batch: readonly Reservation[], expireMs: Ms | null, now?: Ms): Promise<readonly Reservation[]> {
    await this.open()
    return batch.length === 0 ? none : touch(this.#link, this.#keys, batch, expireMs, now)
  }

  async size(queue: string, now?: Ms): Promise<QueueSize> {
    await this.open()
    return queueSize(this.#link, this.#keys.of(queue), now)
  }

  async clear(queue: string): Promise<number> {
    await this.open()
    const { list, delayed } = this.#keys.of(queue)
    return (await this.#link.run(clearScript, [list, delayed], [])) as number
  }

  async applyPauses(paused: readonly string[]): Promise<void> {
    await this.open()
    await applyPauses(this.#link, this.#keys, paused)
  }

  isTransient(error: unknown): boolean {
    return error instanceof StoreError && error.transient
  }

  async #exchangeWhenReady(batch: readonly Settlement[], request: ReserveRequest) {
    await this.open()
    if (!this.#registrar.knows(request.queues)) await this.#registrar.add(request.queues)
    return this.#exchange.run(batch, request)
  }

  #warn(message: string): void {
    for (const news of this.#news) news.warn(message)
  }

  #refuseIfClosed(): void {
    if (this.#closed)
      throw new StoreError('this redis connector was closed', { transient: false, code: 'CLOSED' })
  }
}

/** Where the signal to restart is kept, when it is not in the usual place. */
interface RestartKeyOption {
  readonly key?: string
  readonly select?: number
}

export interface RedisConnectorOptions extends ConnectionOptions {
  readonly restartKey?: RestartKeyOption
}

/** The factory behind `connector: 'redis'`. */
export const redisConnector: ConnectorFactory<RedisConnectorOptions> = (options, { connection }) =>
  new RedisConnector(redisTarget(options, connection), connection, options.restartKey)
