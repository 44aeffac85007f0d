import { childKilled } from './strike.ts'
import { number, sum, type Total } from './totals.ts'

interface Goal {
  readonly name: string
  readonly least: number
  /** The kinds of faults that count. */
  readonly kinds: readonly string[]
}

/** What FAULTS.md demands of a full run, on all stores together. */
const goals: readonly Goal[] = [
  {
    name: 'kills',
    least: 1_000,
    kinds: ['worker killed', childKilled, 'parent killed', 'producer killed', 'server killed'],
  },
  {
    name: 'cut connections',
    least: 2_000,
    kinds: ['connections reset', 'connections killed', 'request lost', 'reply lost', 'reply cut short'],
  },
  { name: 'half-open connections', least: 100, kinds: ['black hole'] },
  { name: 'server restarts', least: 40, kinds: ['server killed'] },
  { name: 'read-only spells', least: 50, kinds: ['read-only'] },
  { name: 'spells without memory, or busy', least: 20, kinds: ['out of memory', 'busy with a script'] },
]
const leastJobs = 100_000
/** On each store. */
const leastKills = 300

/** How much was done, and whether that was enough. */
export function extent(totals: readonly Total[]): readonly string[] {
  const jobs = sum(totals.map(({ pushed }) => pushed))
  const fewest = Math.min(...totals.map((total) => timesOf(goals[0]!.kinds, [total])))
  return [
    '| | done | wanted |',
    '|---|---|---|',
    row('jobs stored', jobs, leastJobs),
    ...goals.map(({ name, least, kinds }) => row(name, timesOf(kinds, totals), least)),
    row('kills on the store that had the fewest', fewest, leastKills),
  ]
}

function timesOf(kinds: readonly string[], totals: readonly Total[]): number {
  const counted = totals.flatMap((total) => total.kinds).filter(({ what }) => kinds.includes(what))
  return sum(counted.map(({ times }) => times))
}

function row(name: string, done: number, least: number): string {
  return `| ${name} | ${number(done)} | ${number(least)}: ${done >= least ? 'yes' : '**no**'} |`
}
