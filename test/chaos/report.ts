import type { Fight } from './arena.ts'
import { besideTable } from './beside.ts'
import { expire } from './chaos-store.ts'
import { sleepSeconds } from './contender.ts'
import { extent } from './extent.ts'
import { othersTable } from './others.ts'
import { percentile } from './recovery.ts'
import type { Loss } from './servers/loss.ts'
import { serversTable } from './servers/table.ts'
import { childKilled } from './strike.ts'
import { findings, named, number, type Total, totals } from './totals.ts'

/** What FAULTS.md demands of the time until work goes on: so many hundredths of the cases within so many ms. */
const demanded: Readonly<Record<string, { readonly hundredths: number; readonly ms: number }>> = {
  'worker killed': { hundredths: 100, ms: (expire + sleepSeconds) * 1_000 },
  /** Its parent gives back what it had within a second, and who has a slot free looks that often. */
  [childKilled]: { hundredths: 100, ms: (1 + sleepSeconds) * 1_000 },
  'server killed': { hundredths: 99, ms: 2_000 },
}

/** For a terminal: what was done on each store, what came of it, and every finding in full. */
export function told(fights: readonly Fight[]): string {
  return totals(fights).map(toldOf).join('\n\n') + foundIn(fights)
}

/** The page of the documentation, of the fights on all stores, of those beside other systems, and of servers that are not safe. */
export function reliability(
  fights: readonly Fight[],
  beside: readonly Fight[],
  losses: readonly Loss[],
): string {
  const all = totals(fights)
  return [
    '# What was lost, under which faults',
    '',
    'Written by `npm run chaos -- --full`: on each store two workers, a parent of two workers and two producers, all real processes, and a real server; a ledger',
    'outside of them judges, and the wall clocks of the workers step by an hour. [test/chaos](../test/chaos) says how; `npm run chaos -- --seed N` does one round again.',
    'Nobody cuts the power: what a disk forgets was not tried. The file of SQLite is on a small disk in memory, so that it can be filled up.',
    '',
    `${whenOf(fights)} Times are ms. A fault tells one only when no other hit the same worker or everybody meanwhile, and one that hit`,
    'a process or the store only when nobody who could have gone on was killed, frozen or cut off as well, and somebody had a slot free. A parent gives back at once what a killed',
    'child ran, if it had heard of that: what began less than 0.1 s before may come back at the end of its lease, and has a line of its own.',
    '',
    ...extent(all),
    ...all.flatMap(section),
    ...(losses.length === 0 ? [] : serversSection(losses)),
    ...(beside.length === 0 ? [] : besideSection(beside)),
    '',
    '## What others promise',
    `To be read beside the lines of killed workers above, where the lease is ${expire} s; by default it is 60 s. Defaults, as they are documented or, where a file is named, as they`,
    'are written in the package. None of them publishes what it lost, repeated or how long it took.',
    '',
    ...othersTable(),
    '',
  ].join('\n')
}

function besideSection(fights: readonly Fight[]): readonly string[] {
  return [
    '',
    '## The same faults, beside others',
    'Written by `npm run chaos -- --beside`: each has a Redis of its own and goes through the same seeds at the same time, with the settings its documentation',
    'recommends ([test/chaos/rivals](../test/chaos/rivals)); workers and producers are started again when they end. The lease of thinkq is 6 s, which is why BullMQ is here',
    'with its default of 30 s, and with one as short. A run of a delivery whose lease was over before it began counts as one without a fault: what befell its process',
    'was before. BullMQ gives up a job that stalls more than `maxStalledCount` times, which is 1 by default; bee-queue ends its process when a command of its look for',
    'stalled jobs is cut off.',
    '',
    whenOf(fights),
    '',
    ...besideTable(totals(fights)),
  ]
}

function serversSection(losses: readonly Loss[]): readonly string[] {
  return [
    '',
    '## What a server forgets by itself',
    'The servers above are set to answer only for what is on the disk. Others are not, and what they then forget no client can bring back. Written by',
    '`npm run chaos:servers`: 32 pushes are on their way at any time, without a pause, when the server gets a kill -9. A server that only its process loses finds what it',
    'gave to the operating system; after a power cut it would not, which was not tried.',
    '',
    whenOf(losses),
    '',
    ...serversTable(losses),
  ]
}

function whenOf(fights: readonly Pick<Fight, 'date' | 'node' | 'seed'>[]): string {
  const distinct = (of: (fight: Pick<Fight, 'date' | 'node' | 'seed'>) => string | number) =>
    [...new Set(fights.map(of))].join(', ')
  return `${distinct(({ date }) => date)}; Node ${distinct(({ node }) => node)}; seeds ${distinct(({ seed }) => seed)}.`
}

function toldOf({ system, store, version, seconds, pushed, runs, wrong, kinds }: Total): string {
  const head = `${system} on ${store} (${version}): ${number(pushed)} jobs stored, ${number(runs)} runs, ${Math.round(seconds / 60)} min`
  const rows = kinds.map(({ what, times, duplicates, recoveries }) => {
    const repeated = duplicates === 0 ? '' : `, ${duplicates} done twice`
    return `  ${String(times).padStart(6)} ${what}${repeated}${timesOf(what, recoveries)}`
  })
  const wrongs = findings.map((name) => `  ${String(wrong[name]).padStart(6)} ${named[name]}`)
  return [head, ...wrongs, ...rows].join('\n')
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
    return `| ${what} | ${times || ''} | ${duplicates} | ${at(50)} | ${at(99)} | ${at(100)} | ${recoveries.length} |${verdictOf(what, recoveries)} |`
  })
  return [
    '',
    `## ${store}`,
    `${version}. ${number(pushed)} jobs were stored and run ${number(runs)} times in ${Math.round(seconds / 60)} minutes.`,
    '',
    ...findings.map((name) => `- ${named[name]}: ${wrong[name]}`),
    '',
    '| fault | times | jobs done twice | recovery p50 | p99 | max | seen | wanted |',
    '|---|---|---|---|---|---|---|---|',
    ...cells,
  ]
}

function foundIn(fights: readonly Fight[]): string {
  const lines = fights.flatMap(({ system, store, seed, judgement }) =>
    findings.flatMap((name) => {
      const found = judgement[name]
      if (typeof found === 'number' || found.length === 0) return []
      return found.slice(0, 5).map((each) => `${system} on ${store}, seed ${seed}, ${named[name]}: ${each}`)
    }),
  )
  return lines.length === 0 ? '' : `\n\n${lines.join('\n')}`
}
