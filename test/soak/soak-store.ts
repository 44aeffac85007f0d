import { join } from 'node:path'
import type { QueueConfig } from '../../src/config/schema.ts'
import { startMysql } from '../mysql-server.ts'
import { startRedis } from '../redis-server.ts'
import type { StoreName } from '../store-names.ts'
import { startProxy, type TcpProxy } from '../tcp-proxy.ts'

/** A store of the caller's own, whose workers come by a way that can be cut. */
export interface SoakStore {
  readonly name: StoreName
  /** For producers: the straight way. */
  readonly direct: QueueConfig
  /** For workers. */
  readonly cuttable: QueueConfig
  /** The way of the workers; none to a file. */
  readonly proxy: TcpProxy | undefined
  /** The connections that a worker has at least when all is well. */
  readonly links: number
  /** Ends all connections by the server's own command. */
  killConnections(): Promise<void>
  /** Kills the server and starts it anew, with what it had answered for. */
  restart(): Promise<void>
  stop(): Promise<void>
}

interface SoakStoreOptions {
  /** Where a store that is a file lies. */
  readonly folder: string
  /** Whether a server that is killed has all that it answered for. */
  readonly isDurable: boolean
}

export function startStore(name: StoreName, options: SoakStoreOptions): Promise<SoakStore> {
  return { redis: startRedisStore, mysql: startMysqlStore, sqlite: sqliteStore }[name](options)
}

/** Seconds: what a call reserved whose answer was lost comes back after that. */
const expire = 6

async function startRedisStore({ isDurable }: SoakStoreOptions): Promise<SoakStore> {
  const server = await startRedis({ aof: isDurable })
  const proxy = await startProxy(server.port)
  const by = (port: number): QueueConfig => ({ connector: 'redis', host: server.host, port, expire })
  return {
    name: 'redis',
    direct: by(server.port),
    cuttable: by(proxy.port),
    proxy,
    links: 3,
    killConnections: () => server.killConnections(),
    restart: () => server.restart(),
    stop: () => stopAll(proxy, server),
  }
}

async function startMysqlStore({ isDurable }: SoakStoreOptions): Promise<SoakStore> {
  const server = await startMysql({ durable: isDurable })
  const proxy = await startProxy(server.port)
  const by = (dsn: string): QueueConfig => ({ connector: 'database', dsn, expire })
  return {
    name: 'mysql',
    direct: by(server.url),
    cuttable: by(server.urlOf('root', proxy.port)),
    proxy,
    links: 1,
    killConnections: () => server.killConnections(),
    restart: () => server.restart(),
    stop: () => stopAll(proxy, server),
  }
}

async function sqliteStore({ folder }: SoakStoreOptions): Promise<SoakStore> {
  const config: QueueConfig = { connector: 'database', dsn: `sqlite:${join(folder, 'queue.sqlite')}`, expire }
  const nothing = async () => undefined
  return {
    name: 'sqlite',
    direct: config,
    cuttable: config,
    proxy: undefined,
    links: 0,
    ...{ killConnections: nothing, restart: nothing, stop: nothing },
  }
}

async function stopAll(proxy: TcpProxy, server: { stop(): Promise<void> }): Promise<void> {
  await proxy.close()
  await server.stop()
}
