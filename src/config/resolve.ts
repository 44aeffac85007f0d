import { resolve } from 'node:path'
import type { Config, WorkerConfig } from '../contract/config.ts'
import { usualKeepMs } from '../contract/effects.ts'
import { checkConfig } from './check.ts'
import { connectionsOf, type Source } from './connections.ts'
import { httpFromEnv, workerFromEnv } from './environment.ts'
import { httpOf } from './http.ts'
import { outboxOf } from './outbox.ts'
import { processesOf } from './pools.ts'

export type { Source } from './connections.ts'

/** The default of `maxPayload`: 1 MB. */
const maxPayload = 1024 * 1024

const workerDefaults: WorkerConfig = {
  tries: 0,
  timeout: 60,
  backoff: undefined,
  delay: 0,
  memory: 128,
  sleep: 3,
  grace: undefined,
  rest: 0,
  concurrency: 1,
  prefetch: undefined,
  isolate: undefined,
}

/**
 * Checks what the user wrote (`defineConfig`'s argument, or a file's content) and fills in environment and defaults. Throws a
 * `ConfigError` naming the key and `source.file`.
 */
export async function resolveConfig(written: unknown, source: Source): Promise<Config> {
  const config = await checkConfig(written, source.file ?? 'configuration')
  const { processes, pools, balance, http, ...worker } = { ...config.worker, ...workerFromEnv(source.env) }
  const where = source.file ?? 'configuration'
  const { connection, connections, notices } = connectionsOf(config, source)
  return {
    connection,
    connections,
    notices,
    jobs: resolve(source.root, source.env.QUEUE_JOBS || (config.jobs ?? './jobs')),
    worker: workerOf(worker),
    processes: processesOf({ processes, pools, balance }, where),
    http: httpOf(http, httpFromEnv(source.env), where),
    autoDelete: config.autoDelete ?? false,
    unknownJob: config.unknownJob ?? 'bury',
    bigNumbers: config.bigNumbers ?? 'bigint',
    maxPayload: config.maxPayload ?? maxPayload,
    failed: { keep: config.failed?.keep ?? null },
    effects: { keep: config.effects?.keep === undefined ? usualKeepMs / 1_000 : config.effects.keep },
    environment: source.env.QUEUE_ENVIRONMENT || (config.environment ?? (source.env.NODE_ENV || null)),
    release: source.env.QUEUE_RELEASE || (config.release ?? null),
    outbox: outboxOf(connections, source.env.DATABASE_URL),
    infrastructure: [config.infrastructure ?? []].flat(),
    on: config.on ?? {},
    middleware: config.middleware ?? [],
    file: source.file,
    root: source.root,
  }
}

function workerOf(written: Readonly<Record<string, unknown>>): WorkerConfig {
  const given = Object.entries(written).filter(([, value]) => value !== undefined)
  return { ...workerDefaults, ...Object.fromEntries(given) }
}
