import type { QueueConfig } from '../../../src/config/schema.ts'
import { startMysql } from '../../mysql-server.ts'
import { type RedisServer, startRedis } from '../../redis-server.ts'
import { startProxy } from '../../tcp-proxy.ts'

/** A server that answers before what it answers for is safe, because it is set so. */
interface Victim {
  readonly version: string
  /** How it is reached while all is well. */
  readonly config: QueueConfig
  /** Kills it with -9 and does what an operator does; resolves with how the jobs are reached from then on. */
  fail(): Promise<QueueConfig>
  stop(): Promise<void>
}

/** How a server is set up, and what an operator does when it is gone. */
export interface Setting {
  readonly name: string
  start(): Promise<Victim>
}

const slowLinkMs = 100

export const settings: readonly Setting[] = [
  { name: 'Redis, `appendfsync everysec`, started again', start: everysec },
  { name: 'Redis, its replica takes over', start: () => replicated(0) },
  { name: `Redis, its replica ${slowLinkMs} ms away takes over`, start: () => replicated(slowLinkMs) },
  { name: 'MariaDB, `innodb_flush_log_at_trx_commit=2`, started again', start: () => lazyMysql(2) },
  { name: 'MariaDB, `innodb_flush_log_at_trx_commit=0`, started again', start: () => lazyMysql(0) },
]

const redisOf = ({ host }: RedisServer, port: number): QueueConfig => ({ connector: 'redis', host, port })

async function redisVersion(server: RedisServer): Promise<string> {
  return `Redis ${/redis_version:(\S+)/.exec(String(await server.cli('INFO', 'server')))?.[1]}`
}

async function everysec(): Promise<Victim> {
  const server = await startRedis({ aof: true, config: ['appendfsync everysec'] })
  const config = redisOf(server, server.port)
  return {
    version: await redisVersion(server),
    config,
    async fail() {
      await server.restart(['appendfsync everysec'])
      return config
    },
    stop: () => server.stop(),
  }
}

/** Its replica hears of everything so much later. */
async function replicated(delayMs: number): Promise<Victim> {
  const primary = await startRedis()
  const replica = await startRedis()
  const link = await startProxy(primary.port)
  await replica.cli('REPLICAOF', primary.host, link.port)
  await primary.replicated()
  link.delay(delayMs)
  return {
    version: await redisVersion(primary),
    config: redisOf(primary, primary.port),
    async fail() {
      await primary.kill()
      await replica.cli('REPLICAOF', 'NO', 'ONE')
      return redisOf(replica, replica.port)
    },
    async stop() {
      await link.close()
      await Promise.all([primary.stop(), replica.stop()])
    },
  }
}

async function lazyMysql(flush: 0 | 2): Promise<Victim> {
  const flags = [`--innodb-flush-log-at-trx-commit=${flush}`]
  const server = await startMysql({ flags })
  const [row] = await server.sql('SELECT VERSION() AS version')
  const config: QueueConfig = { connector: 'database', dsn: server.url }
  return {
    version: `MariaDB ${row!.version}`,
    config,
    async fail() {
      await server.restart(flags)
      return config
    },
    stop: () => server.stop(),
  }
}
