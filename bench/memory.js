import { MemoryConnector } from '../dist/connectors/memory/index.js'
import { assertEach, envelopes, noOpWorker } from './no-op-worker.js'
import { pairs, row } from './pairs.js'

const jobs = 200_000
const concurrency = 100

async function filled() {
  const connector = new MemoryConnector()
  for (let from = 0; from < jobs; from += 1_000) await connector.push(envelopes(from, from + 1_000))
  globalThis.gc?.()
  return connector
}

async function worker() {
  const connector = await filled()
  const seen = new Set()
  let ran = 0
  const began = performance.now()
  await noOpWorker(connector, concurrency, ({ n }) => {
    ran++
    seen.add(n)
  }).run()
  const rate = (jobs / (performance.now() - began)) * 1_000
  assertEach(seen, { distinct: jobs, ran })
  return rate
}

/** The same calls with nothing around them: exchange, parse, an async job, and one turn of the event loop a batch. */
async function emptyLoop() {
  const connector = await filled()
  const seen = new Set()
  let ran = 0
  const run = async ({ n }) => {
    ran++
    seen.add(n)
  }
  const began = performance.now()
  let settlements = []
  for (;;) {
    const { reserved } = await connector.exchange(settlements, {
      queues: ['default'],
      limit: concurrency,
      expireMs: 60_000,
    })
    if (reserved.length === 0) break
    const next = []
    await Promise.all(
      reserved.map(async (reservation) => {
        await run(JSON.parse(reservation.body).data)
        next.push({ kind: 'delete', reservation })
      }),
    )
    settlements = next
    await new Promise((resolve) => setImmediate(resolve))
  }
  const rate = (jobs / (performance.now() - began)) * 1_000
  assertEach(seen, { distinct: jobs, ran })
  return rate
}

export async function memory(rounds) {
  const counted = await pairs(rounds, worker, emptyLoop)
  return row('memory store, concurrency 100: worker / empty loop of the same calls', 'jobs/s', counted, {
    ratio: 0.6,
    orOurs: 300_000,
  })
}
