import { hostname } from 'node:os'
import { parseProcesses } from '../../config/units.ts'
import { ConfigError } from '../../contract/errors.ts'
import { runsOnce, type WorkCommandFlags } from '../work/flags.ts'

/** How many worker processes are wanted. What the configuration says holds for a worker that keeps running. */
export function processesOf(typed: WorkCommandFlags, configured: number): number {
  if (typed.pooled) return 1
  if (typed.processes === undefined) return runsOnce(typed) ? 1 : configured
  const processes = parseProcesses(typed.processes, '--processes')
  if (processes > 1 && runsOnce(typed))
    throw new ConfigError(
      `--processes ${processes} is for workers that keep running, and this one runs one job: ${
        typed.once ? 'leave out --once' : 'add --daemon or --stop-when-empty'
      }`,
    )
  return processes
}

/** What the command line was, as one worker of the pool runs it: of two flags of one name the later counts. */
export function memberArguments(
  argv: readonly string[],
  typed: WorkCommandFlags,
  config: string | null,
  name: string,
): readonly string[] {
  const own = typed.name ?? `${hostname()}:${process.pid}`
  const args = [...argv.filter((arg) => arg !== '--'), '--pooled', `--name=${own}/${name}`]
  return config === null ? args : [...args, `--config=${config}`]
}
