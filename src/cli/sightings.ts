import type { Roster, StoreConnection } from '../contract/roster.ts'
import type { Ms } from '../contract/time.ts'
import { systemClock } from '../process/clock.ts'

/** A connection that this package did not make, or may not have made. */
export interface Sighting extends Omit<StoreConnection, 'command'> {
  /** What it was seen to ask, without data. */
  readonly commands: readonly string[]
  /** Whether it asks what a consumer asks. */
  readonly takesJobs: boolean
}

/** What a connection that takes jobs asks: Redis's commands that take from lists, or a statement that changes rows. */
const taking =
  /^(lpop|rpop|blpop|brpop|lmove|blmove|rpoplpush|brpoplpush|lmpop|blmpop|eval|evalsha|fcall|lrem|zrem|update|delete|select .* for update)\b/i

/** How often a server is asked; a connection that comes and goes in between is not seen. */
const lookMs: Ms = 50
const mostCommands = 5

/** The connections of a store's server, as they are seen again and again for a while. */
export class Sightings {
  readonly #roster: Roster
  readonly #found = new Map<
    string,
    { readonly connection: StoreConnection; readonly commands: Set<string> }
  >()
  #isKnown = false
  #isWhole = true

  constructor(roster: Roster) {
    this.#roster = roster
  }

  get seen(): { readonly connections: readonly Sighting[] | null; readonly isWhole: boolean } {
    const all = [...this.#found.values()].map(sightingOf)
    const sorted = all.toSorted((one, other) => Number(other.takesJobs) - Number(one.takesJobs))
    return { connections: this.#isKnown ? sorted : null, isWhole: this.#isWhole }
  }

  async during(ms: Ms): Promise<void> {
    const end = systemClock.monotonic() + ms
    while (systemClock.monotonic() < end) {
      await this.#look()
      const restMs = Math.min(lookMs, end - systemClock.monotonic())
      await new Promise<void>((resolve) => systemClock.after(Math.max(0, restMs), resolve))
    }
  }

  async #look(): Promise<void> {
    const found = await this.#roster.connections?.()
    if (found === undefined || found === null) return
    this.#isKnown = true
    this.#isWhole &&= found.isWhole
    for (const connection of found.seen) {
      if (connection.isOurs === true) continue
      const known = this.#found.get(connection.id) ?? { connection, commands: new Set<string>() }
      if (connection.command !== '' && known.commands.size < mostCommands)
        known.commands.add(withoutData(connection.command))
      this.#found.set(connection.id, { connection, commands: known.commands })
    }
  }
}

function sightingOf({
  connection,
  commands,
}: {
  connection: StoreConnection
  commands: ReadonlySet<string>
}): Sighting {
  const { command: _, ...rest } = connection
  const all = [...commands]
  return { ...rest, commands: all, takesJobs: all.some((each) => taking.test(each)) }
}

/** Values may be secret, and would make each statement another one. */
function withoutData(command: string): string {
  return command
    .replaceAll(/'(?:[^'\\]|\\.|'')*'?|"(?:[^"\\]|\\.)*"?/g, '?')
    .replaceAll(/\b\d+\b/g, '?')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 80)
}
