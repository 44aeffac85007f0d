import { figures, sparkline } from './drawing.ts'
import type { SoakOptions } from './soak-options.ts'
import type { Moment, Outcome } from './store-soak.ts'
import type { Verdict } from './verdicts.ts'

interface Judged {
  readonly outcome: Outcome
  readonly verdicts: readonly Verdict[]
}

/** What a person reads: for each store what was done to it, its series, and each bound with its figure. */
export function lines({ minutes, seed }: SoakOptions, judged: readonly Judged[]): string {
  const head = `soak of ${minutes} minutes, seed ${seed}, Node ${process.versions.node}`
  return [head, ...judged.flatMap(section), ''].join('\n')
}

function section({ outcome, verdicts }: Judged): string[] {
  const { name, moments, disturbances } = outcome
  const done = Object.entries(disturbances).map(([what, times]) => `${times} ${what}`)
  return [
    '',
    `${name}: ${done.join(', ')}`,
    ...figures.map(({ title, of }) => `  ${title.padEnd(38)} ${sparkline(moments.map(of))}`),
    ...verdicts.map(({ holds, text }) => `  ${holds ? 'yes' : 'NO '} ${text}`),
  ]
}

/** The series for machines: a line for each store. */
export function raw(outcomes: readonly Outcome[]): string {
  const each = outcomes.map(({ name, moments, disturbances }) => {
    const rows = moments.map(({ minutes, jobs, reconnects, worker, parent }) => [
      ...[Number(minutes.toFixed(2)), jobs, reconnects],
      ...[worker, parent].flatMap(({ heap, rss, fds, handles, listeners }) => [
        heap,
        rss,
        fds,
        handles,
        listeners,
      ]),
    ])
    return `"${name}": ${JSON.stringify({ disturbances, columns, rows })}`
  })
  return `{\n${each.join(',\n')}\n}\n`
}

const held: readonly (keyof Moment['worker'])[] = ['heap', 'rss', 'fds', 'handles', 'listeners']
const columns = [
  ...['minutes', 'jobs', 'reconnects'],
  ...['worker', 'parent'].flatMap((who) => held.map((figure) => `${who} ${figure}`)),
]
