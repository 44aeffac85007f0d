// What the watchdog costs, on Redis: `npm run bench:watchdog -- [pairs]`, ten pairs by default.
import { fileURLToPath } from 'node:url'
import { Server } from './redis/server.js'
import { runOrServe } from './side-by-side/child.js'
import { processing } from './side-by-side/figures.js'
import { figure, grid, range } from './side-by-side/markdown.js'
import { ProducerRole } from './side-by-side/producer-role.js'
import { Side } from './side-by-side/side.js'
import { spread } from './side-by-side/statistics.js'
import * as thinkq from './side-by-side/thinkq.js'
import { rounds, turn } from './side-by-side/throughput.js'
import { WorkerRole } from './side-by-side/worker-role.js'

const connection = (port) => ({ connector: 'redis', host: '127.0.0.1', port })

const contender = (isWatched) => async () => ({
  producer: ({ port }) => thinkq.producer(connection(port)),
  worker: ({ port, ...options }) => thinkq.worker(connection(port), { ...options, isWatched }),
})
const contenders = { on: contender(true), off: contender(false) }

async function run([pairs = '10']) {
  const entry = fileURLToPath(import.meta.url)
  const sides = Object.keys(contenders).map((name) => new Side(name, entry, new Server()))
  const lines = []
  try {
    for (const side of sides) await side.open()
    for (const side of sides) await side.begin()
    for (const concurrency of [1, 10, 100]) {
      const load = {
        backlog: concurrency === 1 ? 60_000 : 200_000,
        warmMs: 600,
        windowMs: 2_000,
        concurrency,
      }
      const { rate, worker } = processing(await rounds(sides, Number(pairs), (side) => turn(side, load)))
      const ratio = spread(worker.on.map((cpu, pair) => cpu / worker.off[pair]))
      const costs = [range(spread(worker.on)), range(spread(worker.off)), range(ratio)]
      const rates = [figure(spread(rate.on).median), figure(spread(rate.off).median)]
      lines.push([concurrency, ...costs, ratio.median <= 1.05 ? 'yes' : '**no**', ...rates])
    }
  } finally {
    for (const side of sides) await side.close()
  }
  const head = [
    'concurrency',
    'CPU of 100,000 jobs with it, s',
    'without, s',
    'ratio, pair by pair',
    'at most 1.05',
    'jobs/s with',
    'without',
  ]
  console.log(grid([head, ...lines]))
}

await runOrServe(run, {
  producer: () => new ProducerRole(contenders),
  worker: () => new WorkerRole(contenders),
})
