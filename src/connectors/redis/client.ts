import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis'
import type { Ms } from '../../contract/time.ts'
import { addressesOf, type RedisTarget } from './target.ts'

export type Client = Redis | Cluster

/** Longest wait before another attempt to connect: a server that is back is found within two seconds. */
const longestRetryMs: Ms = 1_500
const shortestRetryMs: Ms = 50

/** How long to wait after so many failures in a row, counting from 1; by chance, so that workers do not come back together. */
export function retryMs(failures: number, random: () => number = Math.random): Ms {
  const most = Math.min(longestRetryMs, shortestRetryMs * 2 ** Math.min(failures, 10))
  return Math.round(shortestRetryMs + random() * (most - shortestRetryMs))
}

/**
 * An ioredis client that is not connected yet, keeps nothing for later and sends nothing twice. It neither logs in nor selects (but
 * on a cluster, where each node's connection must): the handshake does. `retry` answers the wait before the next attempt.
 */
export async function createClient(
  target: RedisTarget,
  role: string,
  retry: () => Ms | null,
): Promise<Client> {
  const { Cluster, Redis } = await import('ioredis')
  const client =
    target.kind === 'cluster'
      ? new Cluster([...addressesOf(target)], clusterOptions(target, role, retry))
      : new Redis({
          ...singleOptions(target, retry),
          ...(target.kind === 'sentinel' && sentinelOptions(target, retry)),
        })
  client.on('error', ignore)
  return client
}

export function connectionName(role: string): string {
  return `thinkq:${role}`
}

function commonOptions({ connectMs, tls }: RedisTarget): RedisOptions {
  return {
    lazyConnect: true,
    connectTimeout: connectMs,
    keepAlive: 10_000,
    noDelay: true,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
    enableAutoPipelining: false,
    showFriendlyErrorStack: false,
    disableClientInfo: true,
    ...(tls !== undefined && { tls }),
  }
}

function singleOptions(target: RedisTarget, retry: () => Ms | null): RedisOptions {
  const { host, port } = addressesOf(target)[0]!
  return {
    ...commonOptions(target),
    ...(target.path === undefined ? { host, port } : { path: target.path }),
    enableOfflineQueue: false,
    retryStrategy: retry,
  }
}

function sentinelOptions(target: RedisTarget, retry: () => Ms | null): RedisOptions {
  const { master, sentinelUsername, sentinelPassword, tls, connectMs } = target
  return {
    sentinels: [...addressesOf(target)],
    name: master!,
    role: 'master',
    sentinelRetryStrategy: retry,
    sentinelCommandTimeout: connectMs,
    failoverDetector: false,
    ...(tls !== undefined && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    ...(sentinelUsername !== undefined && { sentinelUsername }),
    ...(sentinelPassword !== undefined && { sentinelPassword }),
  }
}

function clusterOptions(target: RedisTarget, role: string, retry: () => Ms | null): ClusterOptions {
  const { username, password, tls, connectMs } = target
  return {
    lazyConnect: true,
    clusterRetryStrategy: retry,
    // A lost command may have been carried out: whether it is repeated is for its caller to say.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // Holds what comes while one node's connection is being made.
    enableOfflineQueue: true,
    enableReadyCheck: true,
    scaleReads: 'master',
    slotsRefreshInterval: 10_000,
    slotsRefreshTimeout: connectMs,
    // Certificates are made out to names.
    ...(tls !== undefined && { dnsLookup: (address, done) => done(null, address) }),
    redisOptions: {
      ...commonOptions(target),
      connectionName: connectionName(role),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    },
  }
}

/** Errors are told by what happens to the connection. */
function ignore(): void {}
