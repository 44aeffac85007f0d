import { mapped, processing } from '../../side-by-side/figures.js'
import { rounds, turn } from '../../side-by-side/throughput.js'
import { twins, withProducers, withWorkers } from './sides.js'

const concurrencies = [1, 10, 100]

/** Throughput and CPU at each concurrency, and bulk pushes while filling. */
export async function processMeasure(sides, plan, say) {
  const workers = withWorkers(sides)
  for (const side of workers) await side.begin()
  const raw = {}
  for (const concurrency of concurrencies) {
    raw[concurrency] = await rounds(workers, plan.rounds, (side) =>
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
 * Who holds many jobs needs a longer backlog. Sidequest reads its whole table again and again, so it is spared a long one. On SQLite
 * it lets no timer run while it has jobs: there a turn is the whole of a few jobs.
 */
function loadOf({ name }, { backlog, heldBacklog, shortBacklog, leastBacklog, warmMs, windowMs }) {
  if (twins.includes(name)) return { backlog: heldBacklog, warmMs, windowMs }
  if (name === 'sidequest-mysql') return { backlog: shortBacklog, warmMs, windowMs }
  if (name === 'sidequest-sqlite') return { backlog: leastBacklog, warmMs: 0, windowMs }
  return { backlog, warmMs, windowMs }
}

/** A thousand a call, one after the other, behind as many that do not count: until then processes are busy compiling. */
async function bulkOf(sides, { rounds: count, backlog }, say) {
  const own = withProducers(sides).filter(({ name }) => !name.startsWith('sidequest'))
  const turns = await rounds(own, count, async (side) => {
    await side.begin()
    await side.fill(backlog)
    return side.fill(2 * backlog)
  })
  say('bulk pushes')
  return mapped(turns, ({ count, ms }) => (count / ms) * 1_000)
}
