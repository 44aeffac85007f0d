import { Child } from '../../side-by-side/child.js'
import { mapped, processing } from '../../side-by-side/figures.js'
import { rounds, turn } from '../../side-by-side/throughput.js'
import { entry } from '../entry.js'

const concurrencies = [1, 10, 100]

/** Throughput at each concurrency, bulk pushes while filling, memory of the first jobs, and PING in the same minutes. */
export async function processMeasure(sides, plan, say) {
  for (const side of sides) await side.begin()
  const memory = await memoryOf(sides, plan.memoryJobs)
  say('memory')
  const raw = { memory }
  const ping = []
  for (const concurrency of concurrencies) {
    const { rounds: count, backlog, warmMs, windowMs } = plan
    raw[concurrency] = await rounds(sides, count, async (side) => {
      if (concurrency === 1 && side === sides[0]) ping.push(await pings(side, plan.pingMs))
      return turn(side, { backlog, warmMs, windowMs, concurrency })
    })
    say(`concurrency ${concurrency}`)
  }
  const bulk = mapped(bulkTurns(raw[100]), ({ pushed }) => (pushed.count / pushed.ms) * 1_000)
  return {
    raw: { ...raw, ping },
    ping,
    memory,
    bulk,
    at: Object.fromEntries(concurrencies.map((each) => [each, processing(raw[each])])),
  }
}

/** Only those who have a call for many jobs. */
function bulkTurns(turns) {
  return Object.fromEntries(
    Object.entries(turns).filter(([, each]) => each.every(({ pushed }) => pushed.isBulk)),
  )
}

async function memoryOf(sides, jobs) {
  const figures = {}
  for (const side of sides) {
    const before = await side.server.bytes()
    await side.fill(jobs)
    const used = (await side.server.bytes()) - before
    if (used < jobs) throw new Error(`${side.name} pushed ${jobs} jobs, but not to the Redis it was given`)
    figures[side.name] = [used / jobs]
  }
  return figures
}

async function pings(side, ms) {
  const child = new Child(entry, 'ping', 'worker')
  await child.call('open', { port: side.server.port })
  await child.call('ping', { ms: ms / 4 })
  const rate = await child.call('ping', { ms })
  await child.close()
  return rate
}
