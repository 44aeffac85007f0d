import type { Moment, Outcome } from './store-soak.ts'
import { isTrend, median, rise, secondHalf } from './trend.ts'

export interface Verdict {
  readonly holds: boolean
  /** The figure, and what is allowed. */
  readonly text: string
}

const megabyte = 2 ** 20
const mostHeapGrowth = 2
/** What resident memory may rise by in the second half without being called a slope, MB: some it keeps for later. */
const mostResidentRise = 4
/** Rounds in which the engine still compiles. */
const warmRounds = 2
/** Figures that waver are taken from so many rounds at the beginning and at the end. */
const few = 3

/** Whether what FAULTS 39 and 40 demand was seen. */
export function verdicts(outcome: Outcome): readonly Verdict[] {
  const moments = outcome.moments.slice(warmRounds)
  if (moments.length < 2 * few) throw new Error(`${moments.length} rounds are too few to judge by`)
  return [
    ...flat('the worker', moments, ({ worker }) => worker),
    ...flat('the parent of the others', moments, ({ parent }) => parent),
    ...accounts(outcome),
  ]
}

function flat(who: string, moments: readonly Moment[], of: (moment: Moment) => Moment['worker']): Verdict[] {
  const series = (figure: keyof Moment['worker']) => moments.map((moment) => of(moment)[figure])
  const over = `over ${(moments.at(-1)!.jobs - moments[0]!.jobs).toLocaleString('en')} jobs and ${(moments.at(-1)!.reconnects - moments[0]!.reconnects).toLocaleString('en')} reconnects`
  const heap = series('heap').map((bytes) => bytes / megabyte)
  const growth = median(heap.slice(-few)) - median(heap.slice(0, few))
  const resident = secondHalf(series('rss')).map((bytes) => bytes / megabyte)
  const climbs = rise(resident)
  const pids = new Set(series('pid')).size
  return [
    verdict(pids === 1, `${who} lived through it all`),
    verdict(
      growth <= mostHeapGrowth,
      `${who}: used heap after collection ${signed(growth)} MB ${over} (+${mostHeapGrowth} allowed)`,
    ),
    verdict(
      !(isTrend(resident) && climbs > mostResidentRise),
      `${who}: resident memory ${signed(climbs)} MB over the second half (a trend of +${mostResidentRise} allowed)`,
    ),
    ...(['fds', 'handles', 'listeners'] as const).map((figure) => noMore(who, figure, series(figure))),
  ]
}

const called = { fds: 'file descriptors', handles: 'handles', listeners: 'listeners' }

function noMore(who: string, figure: keyof typeof called, series: readonly number[]): Verdict {
  const [before, after] = [Math.max(...series.slice(0, few)), Math.max(...series.slice(-few))]
  return verdict(after <= before, `${who}: ${called[figure]} ${before} before, ${after} after`)
}

function accounts({ steady, rough, left, codes, lastWords, fullWorkers }: Outcome): Verdict[] {
  const [lost, lostRough] = [steady.missing(10), rough.missing(10)]
  return [
    verdict(
      lost.length + lostRough.length === 0,
      `jobs lost of ${(steady.pushed + rough.pushed).toLocaleString('en')}: ${steady.open + rough.open}${lost.length + lostRough.length > 0 ? ` (steady ${lost.join(' ')}, rough ${lostRough.join(' ')})` : ''}; run again after their end: ${steady.repeated} of the steady, ${rough.repeated} of the others`,
    ),
    verdict(left === 0, `jobs stuck in a queue: ${left}`),
    verdict(
      fullWorkers > 0,
      `workers that leaked ended by the memory limit: ${fullWorkers}; ${rough.pids.size} processes took turns`,
    ),
    // A parent that is told to stop while a crashed worker waits for its next start ends with that worker's code.
    verdict(
      codes[0] === 0 && (codes[1] === 0 || codes[1] === 1),
      `exit codes when told to stop: ${codes[0]} of the worker (0 allowed), ${codes[1]} of the parent of the others (0 and 1)${lastWords === '' || codes[1] === 1 ? '' : `\n${lastWords}`}`,
    ),
  ]
}

function verdict(holds: boolean, text: string): Verdict {
  return { holds, text }
}

function signed(figure: number): string {
  return `${figure < 0 ? '' : '+'}${figure.toFixed(1)}`
}
