import type { StoreName } from '../store-names.ts'
import type { Fight } from './arena.ts'

/** All fights of one system on one store together. */
export interface Total {
  readonly system: string
  readonly store: StoreName
  readonly version: string
  readonly seconds: number
  readonly pushed: number
  readonly runs: number
  /** What must not be, with how often it was. */
  readonly wrong: Readonly<Record<Finding, number>>
  readonly kinds: readonly Kind[]
}

/** One kind of fault. */
export interface Kind {
  readonly what: string
  readonly times: number
  readonly duplicates: number
  readonly recoveries: readonly number[]
}

/** What must not be, in words. */
export const named = {
  lost: 'lost',
  givenUp: 'given up, though they may be tried for ever',
  forked: 'forked',
  stuck: 'stuck',
  stale: 'stale settlements accepted',
  unexplained: 'runs again without a fault',
  overBound: 'faults that made more run again than were under way',
  deserted: 'processes that ended by themselves',
} as const
export type Finding = keyof typeof named
export const findings = Object.keys(named) as readonly Finding[]

export function totals(fights: readonly Fight[]): readonly Total[] {
  const sideOf = ({ system, store }: Fight) => `${system} ${store}`
  return [...new Set(fights.map(sideOf))].map((side) =>
    totalOf(fights.filter((fight) => sideOf(fight) === side)),
  )
}

function totalOf(fights: readonly Fight[]): Total {
  const { system, store, version } = fights[0]!
  const judgements = fights.map(({ judgement }) => judgement)
  const whats = [
    ...new Set(
      fights.flatMap(({ faults, recoveries }) => [...Object.keys(faults), ...Object.keys(recoveries)]),
    ),
  ].sort()
  return {
    system,
    store,
    version,
    seconds: sum(fights.map(({ seconds }) => seconds)),
    pushed: sum(judgements.map(({ pushed }) => pushed)),
    runs: sum(judgements.map(({ runs }) => runs)),
    wrong: Object.fromEntries(
      findings.map((name) => [name, sum(judgements.map((each) => countOf(each[name])))]),
    ) as Record<Finding, number>,
    kinds: whats.map((what) => ({
      what,
      times: sum(fights.map(({ faults }) => faults[what] ?? 0)),
      duplicates: sum(judgements.map(({ duplicates }) => duplicates[what] ?? 0)),
      recoveries: fights.flatMap((fight) => fight.recoveries[what] ?? []),
    })),
  }
}

function countOf(found: number | readonly string[]): number {
  return typeof found === 'number' ? found : found.length
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

export function number(value: number): string {
  return value.toLocaleString('en')
}
