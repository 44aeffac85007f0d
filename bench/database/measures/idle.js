import { setTimeout as sleep } from 'node:timers/promises'
import { withProducers, withWorkers } from './sides.js'

/** What a worker without jobs costs, one side after the other: right after a job, and when it never had one. */
export async function idleMeasure(sides, { idleMs }, say) {
  const found = {}
  for (const side of withWorkers(withProducers(sides))) {
    await side.begin()
    const quiet = await idleOf(side, idleMs, 0)
    found[side.name] = { quiet, active: await idleOf(side, idleMs, 1) }
  }
  say('idle workers')
  return found
}

async function idleOf(side, ms, jobs) {
  const worker = await side.worker({ concurrency: 10 })
  await worker.call('start')
  if (jobs > 0) await side.fill(jobs)
  await sleep(1_200)
  const before = await usedBy(side, worker)
  await sleep(ms)
  const after = await usedBy(side, worker)
  await side.settle(worker)
  const perSecond = (key, own = 0) => ((after[key] - before[key] - own) / ms) * 1_000
  return { statements: perSecond('statements', 1), worker: perSecond('worker'), server: perSecond('server') }
}

async function usedBy(side, worker) {
  const [statements, server] = [await side.server.statements(), await side.server.cpuMs()]
  return { statements, server, worker: await worker.call('cpuMs') }
}
