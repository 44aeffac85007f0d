import { beforeEach, expect, test } from 'vitest'
import { workerOptions } from '../../src/config/units.ts'
import type { JobRegistry } from '../../src/contract/job.ts'
import { systemClock } from '../../src/process/clock.ts'
import { Worker } from '../../src/worker/worker.ts'
import { CommitRaces } from '../commit-races.ts'
import { OutboxRig, until } from './outbox-rig.ts'

/** Races of a worker and a commit; the whole proof takes 1,000: QUEUE_TEST_OUTBOX_RACES=1000. */
const races = Number(process.env.QUEUE_TEST_OUTBOX_RACES ?? 100)
const rig = new OutboxRig()
beforeEach(() => rig.fresh())

function jobOf(run: (order: number) => Promise<void>): JobRegistry {
  const opened = { run: (_: unknown, data: unknown) => run(data as number), failed: undefined }
  const entry = { name: 'Notice', file: '/jobs/Notice.ts', kind: 'function', open: () => opened } as const
  return { resolve: () => entry, entries: [entry] }
}

test(
  `in ${races} races no worker is faster than the commit, and what is rolled back never runs`,
  async () => {
    const [context, working] = [await rig.context(), await rig.context()]
    const queue = context.queue()
    const database = rig.database()
    const reader = rig.database()
    const all = new CommitRaces({ database, reader, orders: rig.orders })
    const worker = new Worker({
      connector: working.pull(),
      registry: jobOf(all.job),
      options: workerOptions(working.config, working.connection, { concurrency: 4, memory: 0 }),
      emitter: working.emitter,
      clock: systemClock,
      memory: { used: () => 0, collect: () => undefined },
      keepFailedMs: null,
    })
    working.relay()!.start()
    const running = worker.run()
    const latencies: number[] = []
    await all.run(
      races,
      (order, tx) => queue.push('Notice', order, { tx }),
      async (order) => {
        const since = performance.now()
        await until(async () => all.ran.includes(order))
        latencies.push(performance.now() - since)
      },
    )
    await until(async () => (await rig.rows()) === 0)
    worker.stop('signal')
    await running
    expect(all.early).toBe(0)
    expect(all.ran.toSorted((a, b) => a - b)).toEqual(all.committed)
    latencies.sort((a, b) => a - b)
    const at = (share: number) => latencies[Math.floor(latencies.length * share)]!
    console.info(`commit to run: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms`)
    expect(at(0.5)).toBeLessThan(50)
  },
  30_000 + races * 100,
)
