import type { Config, PoolConfig, ProcessesConfig } from '../contract/config.ts'
import { ConfigError } from '../contract/errors.ts'
import type { QueueConfig } from './schema.ts'

type WrittenWorker = NonNullable<QueueConfig['worker']>

const usual = { every: 3, cooldown: 15 }

/** What `worker` says of processes and pools, defaults filled in. Throws a `ConfigError` that begins with `where`. */
export function processesOf(
  { processes: total, pools: written = {}, balance }: Pick<WrittenWorker, 'processes' | 'pools' | 'balance'>,
  where: string,
): ProcessesConfig {
  const pools: Record<string, PoolConfig> = {}
  for (const [name, { min = 1, max = min, ...rest }] of Object.entries(written)) {
    if (!/^[\w.-]+$/.test(name))
      throw new ConfigError(
        `${where}: worker.pools has a pool named "${name}"; expected letters, digits, ".", "_" and "-"`,
      )
    if (max < min)
      throw new ConfigError(
        `${where}: worker.pools.${name}.max is ${max}; expected at least its min of ${min}`,
      )
    pools[name] = { min, max, ...rest } as PoolConfig
  }
  return {
    total,
    pools,
    every: balance?.every ?? usual.every,
    cooldown: balance?.cooldown ?? usual.cooldown,
  }
}

/** The configuration as the workers of a pool see it: the pool's settings stand over those of every worker. */
export function withPool(config: Config, name: string): Config {
  const pool = config.processes.pools[name]
  if (pool === undefined)
    throw new ConfigError(
      `${config.file ?? 'the configuration'} has no pool "${name}" in worker.pools any more`,
    )
  const { queues, min, max, ...settings } = pool
  return { ...config, worker: { ...config.worker, ...settings } }
}
