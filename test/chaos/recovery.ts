import type { History, Run } from './history.ts'
import type { Strike } from './strike.ts'

/** How long work stood still, in ms, by kind of fault. */
export type Recoveries = Readonly<Record<string, readonly number[]>>

/**
 * After a kill: until each job that was under way was run again. After anything that was taken away came back: until the next job
 * began, of that worker or of any. Left out are faults that another one overlapped which hit the same or everybody.
 */
export function recoveries({ runs }: History, strikes: readonly Strike[]): Recoveries {
  const all = [...runs.values()]
  const began = all.flat().toSorted((one, other) => one.beganAt - other.beganAt)
  const found: Record<string, number[]> = {}
  for (const strike of strikes) {
    const ends = strike.backAt === undefined ? againAfter(strike, all) : next(strike, began)
    for (const end of ends) {
      if (isOverlapped(strike, end, strikes)) continue
      const since = strike.backAt ?? strike.from
      found[strike.what] = [...(found[strike.what] ?? []), end - since]
    }
  }
  return found
}

/** When the jobs that a killed process had under way were run again. */
function againAfter({ hits, from }: Strike, all: readonly (readonly Run[])[]): readonly number[] {
  return all.flatMap((runs) => {
    const at = runs.findIndex((run) => run.pid === hits && run.beganAt <= from && isUnderWay(run, from))
    const again = runs[at + 1]
    return at < 0 || again === undefined || again.beganAt < from ? [] : [again.beganAt]
  })
}

function isUnderWay({ againAt, deletedAt }: Run, at: number): boolean {
  return (againAt ?? Infinity) > at && (deletedAt ?? Infinity) > at
}

function next({ hits, backAt }: Strike, began: readonly Run[]): readonly number[] {
  const run = began.find(
    ({ beganAt, name, pid }) => beganAt > backAt! && (hits === '*' || hits === name || hits === pid),
  )
  return run === undefined ? [] : [run.beganAt]
}

function isOverlapped(strike: Strike, end: number, strikes: readonly Strike[]): boolean {
  return strikes.some(
    (other) =>
      other !== strike &&
      (other.hits === '*' || other.hits === strike.hits) &&
      other.from <= end &&
      other.until >= strike.from,
  )
}

/** The value below which so many hundredths of them are. */
export function percentile(values: readonly number[], hundredths: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil((sorted.length * hundredths) / 100) - 1)] ?? Number.NaN
}
