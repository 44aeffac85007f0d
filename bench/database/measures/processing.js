import { mapped, processing } from '../../side-by-side/figures.js'
import { rounds, turn } from '../../side-by-side/throughput.js'

const concurrencies = [1, 10, 100]

/** Throughput and CPU at each concurrency, and bulk pushes while filling. */
export async function processMeasure(sides, plan, say) {
  for (const side of sides) await side.begin()
  const raw = {}
  for (const concurrency of concurrencies) {
    raw[concurrency] = await rounds(sides, plan.rounds, (side) =>
      turn(side, { ...loadOf(side, plan), concurrency }),
    )
    say(`concurrency ${concurrency}`)
  }
  return {
    raw,
    bulk: await bulkOf(sides, plan, say),
    at: Object.fromEntries(concurrencies.map((each) => [each, processing(raw[each])])),
  }
}

/**
 * Sidequest reads its whole table again and again, so it is spared a long one. On SQLite it lets no timer run while it has jobs:
 * there a turn is the whole of a few jobs.
 */
function loadOf({ name }, { backlog, shortBacklog, leastBacklog, warmMs, windowMs }) {
  if (name === 'sidequest-mysql') return { backlog: shortBacklog, warmMs, windowMs }
  if (name === 'sidequest-sqlite') return { backlog: leastBacklog, warmMs: 0, windowMs }
  return { backlog, warmMs, windowMs }
}

/** A thousand a call, one after the other, into an empty queue. */
async function bulkOf(sides, { rounds: count, backlog }, say) {
  const own = sides.filter(({ name }) => !name.startsWith('sidequest') && !isTwin(name))
  const turns = await rounds(own, count, async (side) => {
    await side.begin()
    return side.fill(backlog / 4)
  })
  say('bulk pushes')
  return mapped(turns, ({ count, ms }) => (count / ms) * 1_000)
}

/** Those that differ from another in the worker alone. */
export function isTwin(name) {
  return name === 'thinkq-mysql-held' || name === 'graphile-batching'
}
