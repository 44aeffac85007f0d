import type { PullConnector } from '../contract/connector.ts'
import { ConfigError } from '../contract/errors.ts'
import type { Roster } from '../contract/roster.ts'
import { isAlive } from '../process/alive.ts'
import { listed, stateOf } from '../roster/company.ts'
import type { GlobalFlags } from './commands.ts'
import { oneLine, print, printJson, styleOf, wantsColors } from './output.ts'
import { queuesOf, withStore } from './session.ts'
import { machineHere } from './work/identity.ts'
import { type Listed, workersText } from './workers-text.ts'

interface WorkersFlags extends GlobalFlags {
  readonly json?: true | undefined
}

/** Who takes jobs from a store, by what each worker says of itself. */
export async function listWorkers(names: readonly string[], flags: WorkersFlags): Promise<void> {
  const asked = names.length === 0 ? null : queuesOf(names, '')
  const found = await withStore(flags, (store) => workersIn(rosterOf(store), asked))
  if (flags.json) {
    found.forEach(printJson)
    return
  }
  if (found.length > 0) return print(workersText(found, styleOf(wantsColors(flags.color))))
  const where = asked === null ? '' : ` for ${asked.map(oneLine).join(', ')}`
  print(`No worker is registered${where}. Workers in PHP and older ones never are.`)
}

/** Those that take from one of these queues; null: from any. */
export async function workersIn(roster: Roster, asked: readonly string[] | null): Promise<readonly Listed[]> {
  const here = machineHere()
  return (await listed(roster))
    .filter(({ queues }) => asked === null || queues.some((queue) => asked.includes(queue)))
    .map((card) => ({ ...card, state: stateOf(here, card, isAlive) }))
}

/** Throws a `ConfigError` where the store has none. */
export function rosterOf({ roster, name }: PullConnector): Roster {
  if (roster !== undefined) return roster
  throw new ConfigError(`${name}: this connector keeps no list of its workers, so who they are is unknown`)
}
