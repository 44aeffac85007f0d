import { describe, type ExpectStatic, type TestContext, test } from 'vitest'
import { type StoreName, storeNames } from '../store-names.ts'
import type { Sample } from './probed-worker.ts'
import { Subject } from './subject.ts'
import { rise, secondHalf } from './trend.ts'

const jobs = 100_000
/** Until the engine has compiled what is often run. */
const warmJobs = 20_000
/** Connections made anew. The whole thousand takes half a minute, which the soak and the full count have. */
const reconnects = process.env.QUEUE_TEST_FULL === '1' ? 1_000 : 240
const warmReconnects = 30

const megabyte = 2 ** 20
const mostHeapGrowth = 2 * megabyte
/** What a connection that is being made has for a moment; one left for each made anew would be hundreds. */
const mostListenersMore = 20
/** What the engine does not give back at once; a leak of two hundred bytes a job would be more. */
const mostResidentGrowth = 10 * megabyte

async function start(name: StoreName, onTestFinished: TestContext['onTestFinished']): Promise<Subject> {
  const subject = await Subject.start(name)
  onTestFinished(() => subject.stop())
  return subject
}

function expectNoMore(expect: ExpectStatic, after: Sample, before: Sample): void {
  expect(after.heap - before.heap, 'bytes of used heap').toBeLessThanOrEqual(mostHeapGrowth)
  expect(after.fds, 'file descriptors').toBeLessThanOrEqual(before.fds)
  expect(after.handles, 'handles').toBeLessThanOrEqual(before.handles)
  expect(after.listeners, 'listeners').toBeLessThanOrEqual(before.listeners + mostListenersMore)
}

describe.concurrent('a worker that stays up', { timeout: 120_000 }, () => {
  for (const name of storeNames)
    test(`on ${name} holds no more after ${jobs} jobs than before`, async ({ expect, onTestFinished }) => {
      const subject = await start(name, onTestFinished)
      await subject.run(warmJobs)
      const before = await subject.worker.sample()
      const resident = await subject.run(jobs)
      expectNoMore(expect, await subject.worker.sample(), before)
      expect(rise(secondHalf(resident)), 'bytes resident').toBeLessThan(mostResidentGrowth)
    })

  for (const name of ['redis', 'mysql'] as const)
    test(`on ${name} holds no more after ${reconnects} connections made anew than before`, async ({
      expect,
      onTestFinished,
    }) => {
      const subject = await start(name, onTestFinished)
      await subject.run(warmJobs / 4)
      await subject.reconnect(warmReconnects)
      const before = await subject.worker.sample()
      await subject.reconnect(reconnects)
      expectNoMore(expect, await subject.worker.sample(), before)
    })
})
