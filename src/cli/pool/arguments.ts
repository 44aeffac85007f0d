import type { WorkCommandFlags } from '../work/flags.ts'
import { workerName } from '../work/worker-name.ts'
import type { PoolPlan } from './plan.ts'

/** What the workers of one parent share on their command line. */
export interface ParentLine {
  /** The parent's own, without node and the script. */
  readonly argv: readonly string[]
  readonly typed: WorkCommandFlags
  /** The configuration file that was found, absolute. */
  readonly config: string | null
}

/** The parent's command line as one of its workers runs it: of two flags of one name the later counts. */
export function workerArguments(
  { argv, typed, config }: ParentLine,
  { name, options }: PoolPlan,
  worker: string,
): readonly string[] {
  const own = workerName(typed.name)
  return [
    ...argv.filter((arg) => arg !== '--'),
    '--pooled',
    `--name=${own}/${worker}`,
    ...(config === null ? [] : [`--config=${config}`]),
    ...(name === null ? [] : [`--pool=${name}`, `--queue=${options.queues.join(',')}`]),
  ]
}
