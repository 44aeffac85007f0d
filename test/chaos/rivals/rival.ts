import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { type Challenge, concurrency } from '../contender.ts'

/** Where a system keeps jobs, by their numbers. */
interface Keys {
  readonly lists: readonly string[]
  readonly sorted: readonly string[]
  /** The command that answers those that were given up. */
  readonly failed: readonly [string, ...string[]]
}

interface Peers {
  installPeers(packages: readonly string[]): void
  version(name: string): string
}

interface RivalSettings {
  readonly name: string
  readonly package: string
  readonly keys: Keys
  /** In place of the system's default. */
  readonly leaseMs?: number
}

const bullKeys: Keys = {
  lists: ['bull:chaos:wait', 'bull:chaos:paused', 'bull:chaos:active'],
  sorted: ['bull:chaos:delayed', 'bull:chaos:prioritized'],
  failed: ['ZRANGE', 'bull:chaos:failed', '0', '-1'],
}
const beeKeys: Keys = {
  lists: ['bq:chaos:waiting', 'bq:chaos:active'],
  sorted: ['bq:chaos:delayed'],
  failed: ['SMEMBERS', 'bq:chaos:failed'],
}

/** Each with the settings that its documentation recommends, and one with a lease as short as ours. */
const known: readonly RivalSettings[] = [
  { name: 'BullMQ', package: 'bullmq', keys: bullKeys },
  { name: 'BullMQ, lease 6 s', package: 'bullmq', keys: bullKeys, leaseMs: 6_000 },
  { name: 'bee-queue', package: 'bee-queue', keys: beeKeys },
]

const peers = '../../../bench/side-by-side/peers.js'
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Another system on the same kind of store, which has to be Redis. */
const rival =
  (settings: RivalSettings): Challenge =>
  async (_, store) => {
    const { installPeers, version } = (await import(peers)) as Peers
    installPeers([settings.package])
    const redis = new Redis(store.port!, '127.0.0.1', { maxRetriesPerRequest: null })
    redis.on('error', () => undefined)
    const { lists, sorted, failed } = settings.keys
    const env = (port: number | undefined) => ({ CHAOS_SYSTEM: settings.package, CHAOS_PORT: String(port) })
    const lease = settings.leaseMs === undefined ? {} : { CHAOS_LEASE_MS: String(settings.leaseMs) }
    return {
      name: settings.name.replace(/,|$/, ` ${version(settings.package)}$&`),
      worker: (processes) => (port) => ({
        args: processes === 1 ? [here('worker.mjs')] : [here('keeper.mjs')],
        env: {
          ...{ ...env(port), ...lease },
          ...{ CHAOS_CONCURRENCY: String(concurrency), CHAOS_PROCESSES: String(processes) },
        },
      }),
      producer: () => (port) => ({ args: [here('producer.mjs')], env: env(port) }),
      left: async () => {
        const counts = [...lists.map((key) => redis.llen(key)), ...sorted.map((key) => redis.zcard(key))]
        return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0)
      },
      failed: async () => {
        const [command, ...args] = failed
        return ((await redis.call(command, ...args)) as string[]).map((job) => ({ job, why: '' }))
      },
      close: async () => redis.disconnect(),
    }
  }

export const rivals: readonly Challenge[] = known.map(rival)
