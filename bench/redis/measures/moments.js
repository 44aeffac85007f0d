import { mapped } from '../../side-by-side/figures.js'
import { rounds } from '../../side-by-side/throughput.js'
import { lateness } from '../../side-by-side/timing.js'

/** Delays from 50 ms to 3 s, and between them ones shorter than any poll interval. */
function delays(count) {
  return Array.from({ length: count }, (_, at) =>
    at % 3 === 2 ? 5 + ((at * 7) % 40) : 50 + ((at * 977) % 2_950),
  )
}

/** How late jobs begin on an idle worker: pushed now, and delayed. */
export async function momentMeasure(sides, plan, say) {
  for (const side of sides) await side.begin({ core: 'any' })
  const { timed, delayed } = plan
  const concurrency = 10
  const start = await rounds(sides, timed.rounds, (side) =>
    lateness(side, { concurrency, ...timed, rounds: undefined }),
  )
  say('push to start')
  const delaysMs = delays(delayed.count)
  const late = await rounds(sides, delayed.rounds, (side) =>
    lateness(side, { concurrency, delayed: true, ...delayed, rounds: undefined, gapMs: [2, 8], delaysMs }),
  )
  say('delayed jobs')
  return {
    raw: { start, late },
    startP50: mapped(start, ({ p50 }) => p50),
    startP99: mapped(start, ({ p99 }) => p99),
    lateP50: mapped(late, ({ p50 }) => p50),
    lateP99: mapped(late, ({ p99 }) => p99),
    earliest: mapped(late, ({ earliest }) => earliest),
  }
}
