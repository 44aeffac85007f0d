import type { Context } from '../../compose.ts'
import { parseProcesses } from '../../config/units.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import type { Seconds } from '../../contract/time.ts'
import { planOf } from '../pool/plan.ts'
import { type WorkCommandFlags, workerFlags } from '../work/flags.ts'
import { checkedOptions } from '../work/work.ts'
import type { ServiceFlags } from './unit.ts'

/** What is to be kept running. */
export interface ServedCommand {
  /** What the command line is told, but for the configuration file. */
  readonly args: readonly string[]
  /** How many of them. */
  readonly count: number
  /** The queues, or the pools. */
  readonly serves: readonly string[]
  readonly grace: Seconds
  /** How long a stop may take beyond the grace time. */
  readonly beyondGrace: Seconds
}

/** After the grace time: what runs is given back, and the process ends. */
const beyondGrace: Seconds = 5

/** The same of a parent, who would leave a worker behind that cannot end if it were killed before it has ended that one. */
const beyondGraceOfParent: Seconds = 12

/**
 * Pools are served by one command, the parent of them all. Without them each of the processes that were asked for is a worker by
 * itself; a number in the configuration means workers of one parent. Throws a `ConfigError` for workers that could not start.
 */
export function servedCommand(context: Context, asked: ServiceFlags): ServedCommand {
  const { total = 1, pools } = context.config.processes
  const isPooled = asked.queue === undefined && Object.keys(pools).length > 0
  const isCounted = !isPooled && asked.processes !== undefined
  const one = total > 1 ? '1' : undefined
  const processes = isCounted ? one : asked.processes
  const typed = commandFlags(asked, processes)
  const flags = workerFlags(typed)
  const options = checkedOptions(context, flags)
  const plan = planOf({ typed, flags, context, options })
  const grace = graceOf(plan?.pools.map((pool) => pool.options) ?? [options])
  return {
    args: argumentsOf({
      ...asked,
      processes,
      queue: isPooled ? undefined : options.queues.join(','),
      // Said even where it is the default, for a stop time-out that is written down must stay above it; pools have one each.
      grace: isPooled && asked.grace === undefined ? undefined : String(grace),
    }),
    count: isCounted ? parseProcesses(asked.processes ?? '', '--processes') : 1,
    serves: isPooled ? Object.keys(pools) : options.queues,
    grace,
    beyondGrace: plan === null ? beyondGrace : beyondGraceOfParent,
  }
}

/** The same as `queue work` would read it. */
function commandFlags(
  { queue, timeout, grace, color }: ServiceFlags,
  processes: string | undefined,
): WorkCommandFlags {
  return { color, daemon: true, queue, timeout, grace, processes }
}

function graceOf(workers: readonly WorkerOptions[]): Seconds {
  return Math.ceil(Math.max(...workers.map(({ graceMs }) => graceMs)) / 1_000)
}

function argumentsOf(flags: ServiceFlags): readonly string[] {
  const said = ['queue', 'connection', 'processes', 'timeout', 'grace'] as const
  const values = said.filter((name) => flags[name] !== undefined)
  return ['work', '--daemon', ...values.map((name) => `--${name}=${flags[name]!.trim()}`)]
}
