import { percentile } from './recovery.ts'
import { findings, type Kind, named, number, sum, type Total } from './totals.ts'

type Row = readonly [string, (total: Total) => string]

/** Until work went on after these. */
const felt = ['worker killed', 'worker frozen', 'connections reset', 'black hole', 'server killed'] as const

/** A column for each system, and a line for each thing that was counted or timed. */
export function besideTable(totals: readonly Total[]): readonly string[] {
  return [
    `| | ${totals.map(({ system }) => system).join(' | ')} |`,
    `|---|${totals.map(() => '---|').join('')}`,
    ...rows.map(([name, cell]) => `| ${name} | ${totals.map(cell).join(' | ')} |`),
  ]
}

const kindOf = (total: Total, name: string): Kind | undefined => total.kinds.find(({ what }) => what === name)

const rows: readonly Row[] = [
  ['faults', ({ kinds }) => number(sum(kinds.map(({ times }) => times)))],
  ['jobs stored', ({ pushed }) => number(pushed)],
  ['runs', ({ runs }) => number(runs)],
  ...findings.map((name): Row => [named[name], ({ wrong }) => number(wrong[name])]),
  ['jobs done twice by a fault', ({ kinds }) => number(sum(kinds.map(({ duplicates }) => duplicates)))],
  ...felt.map(
    (what): Row => [`next run after: ${what}, p50 / max (seen)`, (total) => timesOf(kindOf(total, what))],
  ),
]

function timesOf(kind: Kind | undefined): string {
  if (kind === undefined || kind.recoveries.length === 0) return 'none seen'
  const [half, most] = [50, 100].map((hundredths) =>
    number(Math.round(percentile(kind.recoveries, hundredths))),
  )
  return `${half} / ${most} (${kind.recoveries.length})`
}
