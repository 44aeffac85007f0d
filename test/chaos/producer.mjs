// Run in a project as `node producer.mjs`: pushes until it is killed, and says which jobs the store has.
import { setTimeout as sleep } from 'node:timers/promises'
import { createQueue, PushOutcomeUnknown } from 'thinkq'

const { CHAOS_CONFIG, CHAOS_NAME, CHAOS_LIFE, CHAOS_EVERY_MS, CHAOS_NOTES } = process.env
const { note } = await import(CHAOS_NOTES)
const queue = createQueue(JSON.parse(CHAOS_CONFIG))

/** One in twenty outlives its lease. */
const ways = [
  ...['long', 'throw', 'release', 'later', 'doomed', 'throw', 'release', 'later', 'slow', 'slow'],
  ...Array(10).fill('quick'),
]
const durations = { long: 8_000, slow: 300 }

function jobOf(count) {
  const way = ways[count % ways.length]
  const data = { n: `${CHAOS_NAME}-${CHAOS_LIFE}-${count}`, way, ms: durations[way] ?? count % 10 }
  return { job: way === 'doomed' ? 'Doomed' : 'Chaos', data, queue: 'chaos' }
}

/** Ends when the store has them: what may have been stored is repeated by the means that the error gives. */
async function stored(push) {
  for (let attempt = push; ; await sleep(100)) {
    try {
      return await attempt()
    } catch (error) {
      if (error instanceof PushOutcomeUnknown) attempt = error.retry
      else if (error.transient !== true) throw error
    }
  }
}

for (let count = 0; ; ) {
  const jobs = Array.from({ length: count % 7 === 0 ? 5 : 1 }, () => jobOf(count++))
  const [{ job, data, queue: name }] = jobs
  if (jobs.length > 1) await stored(() => queue.bulk(jobs))
  else if (data.way === 'later') await stored(() => queue.later(1, job, data, name))
  else await stored(() => queue.push(job, data, name))
  for (const each of jobs) note('pushed', each.data.n)
  await sleep(Number(CHAOS_EVERY_MS) * jobs.length)
}
