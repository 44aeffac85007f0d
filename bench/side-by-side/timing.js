import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from './statistics.js'

/** Pushes at random moments to an idle worker in another process: how late each began. Those of `warmUp` are made before and do not count. */
export async function lateness(side, { concurrency, delayed, warmUp, ...options }) {
  const worker = await side.worker({ concurrency, timed: true, delayed }, 'worker')
  await worker.call('start')
  await side.timed(warmUp)
  await ranAll(side, worker)
  await side.timed(options)
  await ranAll(side, worker)
  const [{ lateMs }] = await side.settle(worker)
  const counted = lateMs.slice(warmUp.count)
  return {
    p50: percentile(counted, 0.5),
    p99: percentile(counted, 0.99),
    earliest: Math.min(...counted),
    counted,
  }
}

async function ranAll(side, worker) {
  const until = performance.now() + 20_000
  while ((await worker.call('ran')) < side.ledger.waiting) {
    if (performance.now() > until) throw new Error(`${side.name}: a job did not begin within 20 s`)
    await sleep(20)
  }
}
