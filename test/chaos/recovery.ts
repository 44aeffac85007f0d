import { concurrency, sleepSeconds } from './contender.ts'
import type { History, Run } from './history.ts'
import { Slots } from './slots.ts'
import { childKilled, momentMs, type Strike } from './strike.ts'

/** How long work stood still, in ms, by kind of fault. */
export type Recoveries = Readonly<Record<string, readonly number[]>>

/**
 * After a kill: until each job that was under way was run again. After anything that was taken away came back: until the next job
 * began, of that worker or of any. Left out are faults that another one overlapped which hit the same worker or everybody, those of
 * which it is told when somebody else goes on, while one of those who could have was out as well, and those where nobody had a slot free
 * when the store was back, or until the last look for jobs.
 */
export function recoveries({ runs }: History, strikes: readonly Strike[]): Recoveries {
  const all = [...runs.values()]
  const began = all.flat().toSorted((one, other) => one.beganAt - other.beganAt)
  const names = new Map(began.flatMap(({ name, pid }) => [[pid, name] as const, [name, name] as const]))
  const slots = new Slots(began, concurrency)
  const found: Record<string, number[]> = {}
  for (const strike of strikes) {
    const ends = strike.backAt === undefined ? againAfter(strike, all) : next(strike, began)
    const others = strikes.filter((other) => other !== strike && disturbs(other, strike, names))
    for (const { end, what } of ends) {
      if (others.some(({ from, until }) => from <= end && until >= strike.from)) continue
      const since = strike.backAt ?? strike.from
      if (!slots.areFree(strike.backAt === undefined ? end - sleepSeconds * 1_000 : since)) continue
      found[what] = [...(found[what] ?? []), end - since]
    }
  }
  return found
}

/** What befalls the process of a worker, also of one that has run nothing yet. */
const workersAre = /^(worker|parent|child of a parent) /

/** Whether more than the one is seen when both fall together; `names`: of the workers, by name and process. */
function disturbs(other: Strike, one: Strike, names: ReadonlyMap<string, string>): boolean {
  const nameOf = ({ hits }: Strike) => names.get(hits) ?? hits
  if (other.hits === '*' || nameOf(other) === nameOf(one)) return true
  const isOfWorker = names.has(other.hits) || workersAre.test(other.what)
  return (one.backAt === undefined || one.hits === '*') && isOfWorker && isOut(other)
}

/** Who was hit by it did not work for longer than it takes to connect. */
function isOut({ from, until }: Strike): boolean {
  return until === from || until - from > momentMs
}

/** When work went on, and after what. */
interface End {
  readonly end: number
  readonly what: string
}

/** A parent hears at the latest then of what a child runs. */
const heardMs = 100

/** When the jobs that a killed process had under way were run again. */
function againAfter({ what, hits, from }: Strike, all: readonly (readonly Run[])[]): readonly End[] {
  return all.flatMap((runs) => {
    const at = runs.findIndex((run) => run.pid === hits && run.beganAt <= from && isUnderWay(run, from))
    const again = runs[at + 1]
    if (at < 0 || again === undefined || again.beganAt < from) return []
    const isUnheard = what === childKilled && runs[at]!.beganAt > from - heardMs
    return [{ end: again.beganAt, what: isUnheard ? `${what} as its job began` : what }]
  })
}

function isUnderWay({ againAt, deletedAt }: Run, at: number): boolean {
  return (againAt ?? Infinity) > at && (deletedAt ?? Infinity) > at
}

function next({ what, hits, backAt }: Strike, began: readonly Run[]): readonly End[] {
  const run = began.find(
    ({ beganAt, name, pid }) => beganAt > backAt! && (hits === '*' || hits === name || hits === pid),
  )
  return run === undefined ? [] : [{ end: run.beganAt, what }]
}

/** The value below which so many hundredths of them are. */
export function percentile(values: readonly number[], hundredths: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil((sorted.length * hundredths) / 100) - 1)] ?? Number.NaN
}
