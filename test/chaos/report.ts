import type { StoreName } from '../store-names.ts'
import type { Fight } from './arena.ts'
import { expire } from './chaos-store.ts'
import { sleepSeconds } from './fighter.ts'
import { othersTable } from './others.ts'
import { percentile } from './recovery.ts'

/** All fights on one store together. */
interface Total {
  readonly store: StoreName
  readonly version: string
  readonly seconds: number
  readonly pushed: number
  readonly runs: number
  /** What must not be, with how often it was. */
  readonly wrong: readonly (readonly [string, number])[]
  readonly kinds: readonly Kind[]
}

/** One kind of fault. */
interface Kind {
  readonly what: string
  readonly times: number
  readonly duplicates: number
  readonly recoveries: readonly number[]
}

/** What FAULTS.md demands of the time until work goes on: so many hundredths of the cases within so many ms. */
const demanded: Readonly<Record<string, { readonly hundredths: number; readonly ms: number }>> = {
  'worker killed': { hundredths: 100, ms: (expire + sleepSeconds) * 1_000 },
  'child of a parent killed': { hundredths: 100, ms: 1_000 },
  'server killed': { hundredths: 99, ms: 2_000 },
}

const mustNotBe = ['lost', 'forked', 'stuck', 'stale', 'unexplained', 'overBound', 'deserted'] as const
const named: Readonly<Record<(typeof mustNotBe)[number], string>> = {
  lost: 'lost',
  forked: 'forked',
  stuck: 'stuck',
  stale: 'stale settlements accepted',
  unexplained: 'runs again without a fault',
  overBound: 'faults that made more run again than were under way',
  deserted: 'processes that ended by themselves',
}

/** For a terminal: what was done on each store, what came of it, and every finding in full. */
export function told(fights: readonly Fight[]): string {
  return totals(fights).map(toldOf).join('\n\n') + findings(fights)
}

/** The page of the documentation. */
export function reliability(fights: readonly Fight[]): string {
  const seeds = [...new Set(fights.map(({ seed }) => seed))]
  const date = new Date().toISOString().slice(0, 10)
  return [
    '# What was lost, under which faults',
    '',
    'Written by `npm run chaos -- --full`: on each store two workers, a parent of two workers and two producers, all real processes, and a real server; a ledger',
    'outside of them judges. [test/chaos](../test/chaos) says how; `npm run chaos -- --seed N` does one round again.',
    '',
    `${date}, Node ${process.versions.node}, seeds ${seeds[0]} to ${seeds.at(-1)}. Times are ms; only faults that no other one overlapped tell a time.`,
    ...totals(fights).flatMap(section),
    '',
    '## What others promise',
    `To be read beside the lines of killed workers above, where the lease is ${expire} s; by default it is 60 s. Defaults, as they are documented or, where a file is named, as they`,
    'are written in the package. None of them publishes what it lost, repeated or how long it took.',
    '',
    ...othersTable(),
    '',
  ].join('\n')
}

function totals(fights: readonly Fight[]): readonly Total[] {
  const stores = [...new Set(fights.map(({ store }) => store))]
  return stores.map((store) => totalOf(fights.filter((fight) => fight.store === store)))
}

function totalOf(fights: readonly Fight[]): Total {
  const { store, version } = fights[0]!
  const judgements = fights.map(({ judgement }) => judgement)
  const whats = [...new Set(fights.flatMap(({ faults }) => Object.keys(faults)))].sort()
  return {
    store,
    version,
    seconds: sum(fights.map(({ seconds }) => seconds)),
    pushed: sum(judgements.map(({ pushed }) => pushed)),
    runs: sum(judgements.map(({ runs }) => runs)),
    wrong: mustNotBe.map(
      (name) => [named[name], sum(judgements.map((each) => countOf(each[name])))] as const,
    ),
    kinds: whats.map((what) => ({
      what,
      times: sum(fights.map(({ faults }) => faults[what] ?? 0)),
      duplicates: sum(judgements.map(({ duplicates }) => duplicates[what] ?? 0)),
      recoveries: fights.flatMap((fight) => fight.recoveries[what] ?? []),
    })),
  }
}

function toldOf({ store, version, seconds, pushed, runs, wrong, kinds }: Total): string {
  const head = `${store} (${version}): ${number(pushed)} jobs stored, ${number(runs)} runs, ${Math.round(seconds / 60)} min`
  const rows = kinds.map(({ what, times, duplicates, recoveries }) => {
    const repeated = duplicates === 0 ? '' : `, ${duplicates} done twice`
    return `  ${String(times).padStart(6)} ${what}${repeated}${timesOf(what, recoveries)}`
  })
  return [head, ...wrong.map(([name, count]) => `  ${String(count).padStart(6)} ${name}`), ...rows].join('\n')
}

function timesOf(what: string, recoveries: readonly number[]): string {
  if (recoveries.length === 0) return ''
  const [half, most] = [50, 100].map((hundredths) => Math.round(percentile(recoveries, hundredths)))
  return `; next run after ${half} ms, at most ${most} (${recoveries.length} seen)${verdictOf(what, recoveries)}`
}

/** Whether that is as soon as it is demanded; empty where nothing is. */
function verdictOf(what: string, recoveries: readonly number[]): string {
  const demand = demanded[what]
  if (demand === undefined || recoveries.length === 0) return ''
  const { hundredths, ms } = demand
  return ` ${number(ms)} at p${hundredths}: ${percentile(recoveries, hundredths) <= ms ? 'yes' : '**no**'}`
}

function section({ store, version, seconds, pushed, runs, wrong, kinds }: Total): readonly string[] {
  const cells = kinds.map(({ what, times, duplicates, recoveries }) => {
    const at = (hundredths: number) =>
      recoveries.length === 0 ? '' : number(Math.round(percentile(recoveries, hundredths)))
    return `| ${what} | ${times} | ${duplicates} | ${at(50)} | ${at(99)} | ${at(100)} | ${recoveries.length} |${verdictOf(what, recoveries)} |`
  })
  return [
    '',
    `## ${store}`,
    `${version}. ${number(pushed)} jobs were stored and run ${number(runs)} times in ${Math.round(seconds / 60)} minutes.`,
    '',
    ...wrong.map(([name, count]) => `- ${name}: ${count}`),
    '',
    '| fault | times | jobs done twice | recovery p50 | p99 | max | seen | wanted |',
    '|---|---|---|---|---|---|---|---|',
    ...cells,
  ]
}

function findings(fights: readonly Fight[]): string {
  const lines = fights.flatMap(({ store, seed, judgement }) =>
    mustNotBe.flatMap((name) => {
      const found = judgement[name]
      if (typeof found === 'number' || found.length === 0) return []
      return found.slice(0, 5).map((each) => `${store}, seed ${seed}, ${named[name]}: ${each}`)
    }),
  )
  return lines.length === 0 ? '' : `\n\n${lines.join('\n')}`
}

function countOf(found: number | readonly string[]): number {
  return typeof found === 'number' ? found : found.length
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function number(value: number): string {
  return value.toLocaleString('en')
}
