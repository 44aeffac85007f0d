import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { type Context, compose } from '../../src/compose.ts'
import { resolveConfig } from '../../src/config/resolve.ts'
import { createDatabase, type Database } from '../../src/database/index.ts'
import type { QueueClient } from '../../src/queue.ts'
import { type SomeMysql, someMysql } from '../mysql-server.ts'
import { type RedisServer, startRedis } from '../redis-server.ts'

/** A MariaDB and a Redis for the tests of one file; each test has tables and keys of its own, by their prefix. */
export class OutboxRig {
  #mysql: SomeMysql | undefined
  #redis: RedisServer | undefined
  #made = 0
  prefix = ''

  constructor() {
    beforeAll(async () => {
      this.#mysql = await someMysql()
      this.#redis = await startRedis()
    })
    afterAll(async () => {
      await this.#mysql?.stop()
      await this.#redis?.stop()
    })
  }

  get url(): string {
    return this.#mysql!.url
  }

  get redis(): RedisServer {
    return this.#redis!
  }

  get orders(): string {
    return `${this.prefix}orders`
  }

  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]> {
    return this.#mysql!.sql(text, values)
  }

  async fresh(): Promise<void> {
    this.prefix = `t${++this.#made}_`
    await this.sql(`CREATE TABLE ${this.orders} (id BIGINT AUTO_INCREMENT PRIMARY KEY)`)
  }

  /** The configuration of an application whose jobs are in Redis and whose data is in that database. */
  config(dsn = this.url, redisUrl = this.redis.url) {
    return {
      connection: 'main',
      connections: {
        main: { connector: 'redis', url: redisUrl, prefix: this.prefix },
        data: { connector: 'database', dsn, prefix: this.prefix },
      },
    } as const
  }

  async context(dsn?: string, redisUrl?: string): Promise<Context> {
    const source = { file: null, root: '/', env: {}, searched: [] }
    const context = await compose(await resolveConfig(this.config(dsn, redisUrl), source))
    onTestFinished(() => context.close())
    return context
  }

  async queue(dsn?: string): Promise<QueueClient> {
    const queue = (await this.context(dsn)).queue()
    onTestFinished(() => queue.close())
    return queue
  }

  database(url = this.url): Database {
    const database = createDatabase(url)
    onTestFinished(() => database.close())
    return database
  }

  /** What the list of a queue holds: the data of its jobs. */
  async jobs(queue: string): Promise<readonly unknown[]> {
    const members = (await this.redis.cli('LRANGE', `${this.prefix}queues:${queue}`, 0, -1)) as string[]
    return members.map((member) => (JSON.parse(member) as { data: unknown }).data)
  }

  async rows(): Promise<number> {
    const [row] = await this.sql(`SELECT COUNT(*) AS n FROM ${this.prefix}queue_outbox`)
    return Number(row!.n)
  }

  /** The marks that Redis keeps for a queue. */
  async marks(queue: string): Promise<readonly string[]> {
    const all = (await this.redis.cli('ZRANGE', `${this.prefix}thinkq:outbox:${queue}`, 0, -1)) as string[]
    return all.filter((mark) => mark !== 'floor')
  }
}

/** Resolves once that holds. */
export async function until(holds: () => Promise<boolean>, withinMs = 10_000): Promise<number> {
  const since = performance.now()
  while (!(await holds())) {
    if (performance.now() - since > withinMs) throw new Error(`it did not hold within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return performance.now() - since
}
