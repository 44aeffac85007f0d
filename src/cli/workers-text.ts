import type { FoundCard } from '../roster/card.ts'
import type { WorkerState } from '../roster/company.ts'
import { duration, oneLine, type Style, shortened } from './output.ts'
import { table } from './table.ts'

/** A worker as it is listed. */
export type Listed = FoundCard & { readonly state: WorkerState }
type Column = readonly [heading: string, cell: (card: Listed) => string]

const unknown = '?'
const megabytes = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MB`
const short = (text: string) => shortened(oneLine(text), 60)

/** What is usually the same for all: said once above the table, or a column of its own where it differs. */
const common: readonly Column[] = [
  ['host', ({ host }) => short(host)],
  ['folder', ({ folder }) => oneLine(folder)],
  ['release', ({ release }) => short(release ?? unknown)],
  ['environment', ({ environment }) => short(environment ?? unknown)],
  ['user', ({ user }) => short(user)],
]

const own: readonly Column[] = [
  ['pid', ({ pid }) => String(pid)],
  ['queues', ({ queues }) => short(queues.join(','))],
  ['up', ({ upMs, ageMs }) => duration(upMs + ageMs)],
  ['done', ({ done }) => String(done)],
  ['failed', ({ failed }) => (failed === null ? unknown : String(failed))],
  ['running', ({ running, concurrency }) => `${running}/${concurrency}`],
  ['memory', ({ memoryBytes }) => megabytes(memoryBytes)],
  [
    'last reserve',
    ({ reserveAgeMs, ageMs }) => (reserveAgeMs === null ? unknown : duration(reserveAgeMs + ageMs)),
  ],
]

/** A table of workers, and beneath it what they run. */
export function workersText(cards: readonly Listed[], style: Style): string {
  const isSame = ([, cell]: Column) => cards.length > 1 && new Set(cards.map(cell)).size === 1
  const [same, differing] = [common.filter(isSame), common.filter((column) => !isSame(column))]
  const columns: readonly Column[] = [
    ['worker', ({ name }) => short(name)],
    ...differing,
    ...own,
    heardOf(style),
  ]
  const rows = cards.map((card) => columns.map(([, cell]) => cell(card)))
  const headings = columns.map(([heading]) => heading)
  const above = same.map(([heading, cell]) => `${heading} ${cell(cards[0]!)}`).join(', ')
  return [
    ...(above === '' ? [] : [`  ${style.grey(`All: ${above}`)}`]),
    table(headings, rows, style),
    ...running(cards, style),
  ].join('\n')
}

const stateTexts = { silent: 'it says nothing any more', gone: 'its process is gone' } as const

function heardOf(style: Style): Column {
  return [
    'heard of',
    ({ ageMs, state }) => {
      const text = `${duration(ageMs)} ago`
      return state === 'here' ? text : style.yellow(`${text}: ${stateTexts[state]}`)
    },
  ]
}

function running(cards: readonly Listed[], style: Style): readonly string[] {
  const rows = cards.flatMap(({ name, jobs, ageMs }) =>
    jobs.map((job) => [
      short(name),
      short(job.name),
      short(job.id),
      short(job.queue),
      String(job.attempts),
      duration(job.forMs + ageMs),
    ]),
  )
  if (rows.length === 0) return []
  return ['', table(['worker', 'runs', 'id', 'queue', 'attempt', 'for'], rows, style)]
}
