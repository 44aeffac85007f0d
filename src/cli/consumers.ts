import { ConfigError } from '../contract/errors.ts'
import type { Ms } from '../contract/time.ts'
import { checkQueueName } from '../payload.ts'
import { isAlive } from '../process/alive.ts'
import { systemClock } from '../process/clock.ts'
import { type Census, census } from '../roster/census.ts'
import type { GlobalFlags } from './commands.ts'
import { consumersText } from './consumers-text.ts'
import { oneLine, print, printJson, styleOf, wantsColors } from './output.ts'
import { withStore } from './session.ts'
import { type Sighting, Sightings } from './sightings.ts'
import { machineHere } from './work/identity.ts'
import { rosterOf, workersIn } from './workers.ts'

interface ConsumersFlags extends GlobalFlags {
  readonly watch: string
  readonly json?: true | undefined
}

/** What was seen of those who take jobs from a queue. */
export interface Consumers extends Census {
  readonly queue: string
  readonly watchedMs: Ms
  /** Connections that this package did not make; null: the store cannot tell. */
  readonly connections: readonly Sighting[] | null
  /** Whether all connections could be seen. */
  readonly isWhole: boolean
}

/** Longer, and what a worker took that ended meanwhile would be forgotten. */
const longestWatch = 60

/** Watches a queue for a while: who is connected, and how many jobs went to nobody who is registered. */
export async function findConsumers(name: string | undefined, flags: ConsumersFlags): Promise<void> {
  const watchedMs = watchMs(flags.watch)
  await withStore(flags, async (store, context) => {
    const { connection, name: place } = context
    const queue = checkQueueName(name ?? connection.default)
    const roster = rosterOf(store)
    const sightings = new Sightings(roster)
    const found = await census(
      {
        store: { roster, size: (of) => store.size(of) },
        queue,
        clock: systemClock,
        callRoll: () => context.control().callRoll(),
        here: machineHere(),
        isAlive,
      },
      () => {
        if (!flags.json)
          print(`  Watching ${oneLine(queue)} on ${oneLine(place)} for ${watchedMs / 1_000} s…`)
        return sightings.during(watchedMs)
      },
    )
    const consumers: Consumers = { queue, watchedMs, ...found, ...sightings.seen }
    const cards = await workersIn(roster, [queue])
    if (flags.json) printJson({ ...consumers, workers: cards })
    else print(consumersText(consumers, cards, styleOf(wantsColors(flags.color))))
  })
}

function watchMs(text: string): Ms {
  const seconds = Number(text)
  if (seconds >= 1 && seconds <= longestWatch) return seconds * 1_000
  throw new ConfigError(`--watch is "${text}"; expected seconds from 1 to ${longestWatch}`)
}
