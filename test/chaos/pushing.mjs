import { setTimeout as sleep } from 'node:timers/promises'
import { note } from './ledger-line.mjs'

/** One in twenty outlives its lease. */
const ways = [
  ...['long', 'throw', 'release', 'later', 'doomed', 'throw', 'release', 'later', 'slow', 'slow'],
  ...Array(10).fill('quick'),
]
const durations = { long: 8_000, slow: 300 }

/** A push every so often. */
const everyMs = 120

/** What one that is meant to fail may be tried; 0: for ever. */
const triesOf = { doomed: 2 }

function jobOf(count) {
  const { CHAOS_NAME, CHAOS_LIFE } = process.env
  const way = ways[count % ways.length]
  return { n: `${CHAOS_NAME}-${CHAOS_LIFE}-${count}`, way, ms: durations[way] ?? count % 10 }
}

/** Pushes until it is killed, by functions that resolve when the store has what they were given, and writes down what it has. */
export async function pushing({ push, later, bulk }) {
  for (let count = 0; ; ) {
    const jobs = Array.from({ length: count % 7 === 0 ? 5 : 1 }, () => jobOf(count++))
    const [first] = jobs
    if (jobs.length > 1) await bulk(jobs)
    else if (first.way === 'later') await later(1, first)
    else await push(first)
    for (const { n, way } of jobs) note('pushed', n, triesOf[way] ?? 0)
    await sleep(everyMs * jobs.length)
  }
}
