import type { Context } from '../../compose.ts'
import { withPool } from '../../config/pools.ts'
import { parseProcesses, type WorkerFlags, workerOptions } from '../../config/units.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import { ConfigError } from '../../contract/errors.ts'
import { checkQueueName } from '../../payload.ts'
import { runsOnce, type WorkCommandFlags } from '../work/flags.ts'

/** Workers that are alike, and how many of them there may be. */
export interface PoolPlan {
  /** In the configuration; null: there are no pools, and all workers are of this one. */
  readonly name: string | null
  readonly min: number
  readonly max: number
  readonly options: WorkerOptions
}

export interface Plan {
  readonly pools: readonly PoolPlan[]
  /** The most processes of all pools together. */
  readonly total: number
}

interface Wanted {
  readonly typed: WorkCommandFlags
  readonly flags: WorkerFlags
  readonly context: Context
  /** Of a worker without a pool. */
  readonly options: WorkerOptions
}

/** The worker processes that are wanted; null: this process is the worker. Throws a `ConfigError`. */
export function planOf({ typed, flags, context, options }: Wanted): Plan | null {
  const given = typed.processes === undefined ? undefined : parseProcesses(typed.processes, '--processes')
  if (typed.pooled) return null
  if (runsOnce(typed)) {
    if (given !== undefined && given > 1) throw new ConfigError(onceText(given, typed))
    return null
  }
  const { total, pools } = context.config.processes
  const names = Object.keys(pools)
  if (typed.queue === undefined && names.length > 0)
    return poolsPlan(
      names.map((name) => poolPlan(name, flags, context)),
      given ?? total,
    )
  const processes = given ?? total ?? 1
  // Nobody in a container can kill its process 1, which a job may block: so that one runs no jobs (decision 029).
  if (processes === 1 && process.pid !== 1) return null
  return { pools: [{ name: null, min: processes, max: processes, options }], total: processes }
}

function poolPlan(name: string, flags: WorkerFlags, { config, connection }: Context): PoolPlan {
  const { queues, min, max } = config.processes.pools[name]!
  const options = workerOptions(withPool(config, name), connection, { ...flags, queue: queues.join(',') })
  options.queues.forEach(checkQueueName)
  return { name, min, max, options }
}

function poolsPlan(pools: readonly PoolPlan[], given: number | undefined): Plan {
  const sum = (figure: 'min' | 'max') => pools.reduce((all, pool) => all + pool[figure], 0)
  const total = given ?? sum('max')
  if (total < sum('min'))
    throw new ConfigError(
      `${total} processes are fewer than the ${sum('min')} that the pools have at least: raise processes, or lower a min in worker.pools`,
    )
  return { pools, total }
}

function onceText(processes: number, { once }: WorkCommandFlags): string {
  const then = once ? 'leave out --once' : 'add --daemon or --stop-when-empty'
  return `--processes ${processes} is for workers that keep running, and this one runs one job: ${then}`
}
