import { counted } from './counted.ts'
import type { History, Run } from './history.ts'
import type { Strike } from './strike.ts'

/** A job in the list of the failed. */
export interface Failed {
  readonly job: string
  /** The reason that stands beside it; empty where none does. */
  readonly why: string
}

/** What is left when all is over. */
export interface Remains {
  /** Once for each time a job is there. */
  readonly failed: readonly Failed[]
  /** Jobs still in the queue after the last had long been due. */
  readonly stuck: number
  /** What was said by processes that ended though nobody had told them to. */
  readonly deserted: readonly string[]
}

/** How many jobs of a worker may be under way at once: what one fault may make run again. */
export type Slots = (name: string) => number

export interface Judgement {
  readonly pushed: number
  readonly runs: number
  /** Confirmed, and neither done nor among the failed. */
  readonly lost: readonly string[]
  /** Not done, and among the failed, though it may be tried for ever; with the reason. */
  readonly givenUp: readonly string[]
  /** Ended for good more than once. */
  readonly forked: readonly string[]
  readonly stuck: number
  /** Deleted by a run after a later delivery had begun. */
  readonly stale: readonly string[]
  /** Runs after one that was done, by the fault each is due to. */
  readonly duplicates: Readonly<Record<string, number>>
  /** Runs after one that neither put the job back nor met with a fault. */
  readonly unexplained: readonly string[]
  /** Faults that made more jobs run again than were under way. */
  readonly overBound: readonly string[]
  readonly deserted: readonly string[]
}

/** A run that followed another which did not ask for it, and what brought it about. */
interface Rerun {
  readonly before: Run
  readonly again: Run
  readonly cause: Strike | undefined
}

export function judge(
  history: History,
  strikes: readonly Strike[],
  remains: Remains,
  slots: Slots,
): Judgement {
  const all = [...history.runs.values()]
  const reruns = all.flatMap((runs) => rerunsOf(runs, strikes))
  const duplicates = reruns.filter(({ before }) => before.doneAt !== undefined)
  const names = remains.failed.map(({ job }) => job)
  const failed = new Set(names)
  const confirmed = [...history.pushed.keys()]
  const isDone = (job: string) => history.runs.get(job)?.some(({ doneAt }) => doneAt !== undefined)
  return {
    pushed: history.pushed.size,
    runs: all.reduce((sum, runs) => sum + runs.length, 0),
    lost: confirmed.filter((job) => !failed.has(job) && !isDone(job)),
    givenUp: remains.failed
      .filter(({ job }) => !isDone(job) && history.pushed.get(job) === 0)
      .map(({ job, why }) => `${job}: ${why}`),
    forked: forkedOf(all, names),
    stuck: remains.stuck,
    stale: all.filter(hasStale).map(([first]) => first!.job),
    duplicates: counted(duplicates.flatMap(({ cause }) => (cause === undefined ? [] : [cause.what]))),
    unexplained: reruns.filter(({ cause }) => cause === undefined).map(inWords),
    overBound: overBound(reruns, slots),
    deserted: remains.deserted,
  }
}

export function holds(judgement: Judgement): boolean {
  const { lost, givenUp, forked, stuck, stale, unexplained, overBound: over, deserted } = judgement
  return (
    stuck === 0 &&
    [lost, givenUp, forked, stale, unexplained, over, deserted].every(({ length }) => length === 0)
  )
}

function rerunsOf(runs: readonly Run[], strikes: readonly Strike[]): readonly Rerun[] {
  return runs.slice(1).flatMap((again, at) => {
    const before = runs[at]!
    return before.againAt === undefined ? [{ before, again, cause: causeOf(before, again, strikes) }] : []
  })
}

/** Of the faults that hit the process which had the job while it had it, the one that was felt longest; a kill is felt for ever. */
function causeOf(before: Run, again: Run, strikes: readonly Strike[]): Strike | undefined {
  return strikes
    .filter(({ hits }) => hits === '*' || hits === before.name || hits === before.pid)
    .filter(({ from, until }) => from <= again.beganAt && until >= before.beganAt)
    .toSorted((one, other) => felt(other) - felt(one))[0]
}

function felt({ from, until }: Strike): number {
  return until === from ? Infinity : until - from
}

/** In how many ways a job came to an end for good; each can happen once to one job. */
function forkedOf(all: readonly (readonly Run[])[], failed: readonly string[]): readonly string[] {
  const ends = all.flatMap((runs) =>
    runs.filter(({ deletedAt }) => deletedAt !== undefined).map(({ job }) => job),
  )
  return twice([...ends, ...failed])
}

function twice(names: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return names.filter((name) => seen.size === seen.add(name).size)
}

/** The run that deleted the job called for it after another had begun: the store took what it had to refuse. */
function hasStale(runs: readonly Run[]): boolean {
  return runs.some(
    ({ deletedAt, doneAt, attempts }) =>
      deletedAt !== undefined && runs.some((later) => later.attempts > attempts && later.beganAt < doneAt!),
  )
}

function overBound(reruns: readonly Rerun[], slots: Slots): readonly string[] {
  const counts = new Map<Strike, Map<string, number>>()
  for (const { before, cause } of reruns) {
    if (cause === undefined) continue
    const names = counts.get(cause) ?? new Map<string, number>()
    counts.set(cause, names.set(before.name, (names.get(before.name) ?? 0) + 1))
  }
  return [...counts].flatMap(([{ what, from }, names]) =>
    [...names]
      .filter(([name, count]) => count > slots(name))
      .map(
        ([name, count]) =>
          `${what} at ${Math.round(from)}: ${count} jobs of ${name} ran again, ${slots(name)} may`,
      ),
  )
}

function inWords({ before, again }: Rerun): string {
  return `${before.job}: ${JSON.stringify(before)}, then ${JSON.stringify(again)}`
}
