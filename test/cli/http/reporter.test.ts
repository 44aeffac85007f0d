import { beforeEach, describe, expect, it } from 'vitest'
import { healthOf, readinessOf } from '../../../src/cli/http/health.ts'
import { Reporter } from '../../../src/cli/http/reporter.ts'
import { Emitter } from '../../../src/emitter.ts'
import { Registry } from '../../../src/jobs/registry.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

let clock: FakeClock
let emitter: Emitter
/** What a worker would say of itself. */
let worker: {
  reservedAt: number | undefined
  takesJobs: boolean
  wantsJobs: boolean
  running: { size: number } & Iterable<never>
}
let reporter: Reporter
const paused = new Set<string>()

beforeEach(() => {
  clock = new FakeClock()
  emitter = new Emitter()
  worker = { reservedAt: undefined, takesJobs: true, wantsJobs: true, running: new Set<never>() }
  const registry = new Registry([], new Map())
  reporter = new Reporter({ worker, options: { sleepMs: 3_000 }, emitter, clock, registry, paused })
})

const status = () => healthOf([reporter.report()]).status
const hungryMs = () => reporter.report().health.hungryMs
/** The store answers once a second for so long. */
const answered = async (seconds: number) => {
  for (let at = 0; at < seconds; at++) {
    await clock.advance(1_000)
    worker.reservedAt = clock.monotonic()
  }
}

describe('a worker is well', () => {
  it('as long as the store answers within the sleep, the longest pause between two tries and the time of a call', async () => {
    await answered(100)
    expect(status()).toBe(200)
    await clock.advance(13_000)
    expect(status()).toBe(200)
    await clock.advance(1)
    expect(status()).toBe(503)
    worker.reservedAt = clock.monotonic()
    expect(status()).toBe(200)
  })

  it('for that long when it has never reached its store', async () => {
    await clock.advance(13_000)
    expect(status()).toBe(200)
    await clock.advance(1)
    expect(status()).toBe(503)
  })

  it('while it wants no jobs, however long, and for its bound after that', async () => {
    await answered(1)
    worker.wantsJobs = false
    await clock.advance(3_600_000)
    expect([status(), hungryMs()]).toEqual([200, 0])
    worker.wantsJobs = true
    await clock.advance(12_000)
    expect(status()).toBe(200)
    await clock.advance(2_000)
    expect(status()).toBe(503)
  })

  it('right after it did not run at all: blocked by a job, frozen, or asleep', async () => {
    await answered(1)
    const at = clock.monotonic()
    clock.monotonic = () => at + 600_000
    expect([status(), hungryMs()]).toEqual([200, 0])
    clock.monotonic = () => at + 602_000
    expect(hungryMs()).toBe(2_000)
  })
})

it('the age of the last answer is told whatever the worker wants', async () => {
  await answered(1)
  worker.wantsJobs = false
  await clock.advance(60_000)
  expect(JSON.parse(healthOf([reporter.report()]).text)).toMatchObject({
    status: 'ok',
    lastReserveMs: 60_000,
  })
})

it('one worker of several that is ill is enough', async () => {
  const well = reporter.report()
  await clock.advance(20_000)
  expect(healthOf([well]).status).toBe(200)
  expect(healthOf([well, reporter.report()]).status).toBe(503)
  expect(healthOf([]).status).toBe(200)
})

describe('a worker is ready', () => {
  const ready = () => readinessOf([reporter.report()]).status

  it('once it has started, and not when it takes no jobs any more', () => {
    expect(ready()).toBe(503)
    emitter.emit('worker:start', { queues: [], concurrency: 1 })
    expect(ready()).toBe(200)
    worker.takesJobs = false
    expect(ready()).toBe(503)
  })

  it('and one of several is enough', () => {
    const not = reporter.report()
    emitter.emit('worker:start', { queues: [], concurrency: 1 })
    expect(readinessOf([not, reporter.report()]).status).toBe(200)
    expect(readinessOf([]).status).toBe(503)
  })
})

it('looks no more once it has stopped', () => {
  expect(clock.pending).toBe(1)
  reporter.stop()
  expect(clock.pending).toBe(0)
})
