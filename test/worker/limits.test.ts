import { describe, expect, test } from 'vitest'
import { defineJob } from '../../src/contract/job.ts'
import { bringing, held, note, Rig } from './rig.ts'

describe('a worker ends', () => {
  test('after exactly so many jobs, even when it runs several at once', async () => {
    const rig = new Rig({ note }, { concurrency: 7, maxJobs: 10 })
    for (let each = 0; each < 30; each++) await rig.push('note')
    expect(await rig.start()).toBe('max-jobs')
    expect(rig.all('job:processed')).toHaveLength(10)
    expect(await rig.counts()).toEqual([20, 0, 0, 0])
  })

  test('after exactly so many jobs when a wait brings them', async () => {
    const rig = new Rig({ note }, { concurrency: 3, maxJobs: 2, wrap: bringing })
    const ended = rig.start()
    for (let each = 0; each < 4; each++) {
      await rig.advance(1)
      await rig.push('note')
    }
    expect(await ended).toBe('max-jobs')
    expect(rig.all('job:processed')).toHaveLength(2)
    expect(await rig.counts()).toEqual([2, 0, 0, 0])
  })

  test('after so many jobs at once, though slots rest between jobs', async () => {
    const rig = new Rig({ note }, { maxJobs: 1, restMs: 60_000 })
    await rig.push('note')
    expect(await rig.start()).toBe('max-jobs')
  })

  test('after its time, busy or idle', async () => {
    const rig = new Rig({ note }, { maxTimeMs: 10_000 })
    const ended = rig.start()
    await rig.advance(9_999)
    expect(rig.all('worker:stop')).toEqual([])
    await rig.advance(1)
    expect(await ended).toBe('max-time')
  })

  test('when it finds nothing to do, with --stop-when-empty', async () => {
    const rig = new Rig({ note }, { stopWhenEmpty: true, concurrency: 4 })
    for (let each = 0; each < 9; each++) await rig.push('note')
    await rig.push('note', 1, { delayMs: 60_000 })
    expect(await rig.start()).toBe('empty')
    expect(rig.all('job:processed')).toHaveLength(9)
    expect(rig.clock.monotonic()).toBe(0)
  })

  test('when it has nothing more to do as soon as the last job ends, with --stop-when-empty', async () => {
    const { rig, gates } = held({ stopWhenEmpty: true, concurrency: 4 })
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('worker:idle')
    expect(rig.all('worker:stop')).toEqual([])
    gates[0]!.resolve()
    expect(await ended).toBe('empty')
    expect(rig.clock.monotonic()).toBe(0)
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('after a failed job that is due again only when that was run too, with --stop-when-empty', async () => {
    const failing = defineJob({ tries: 3, backoff: 0 }, () => Promise.reject(new Error('no')))
    const rig = new Rig({ failing }, { stopWhenEmpty: true, concurrency: 2 })
    await rig.push('failing')
    expect(await rig.start()).toBe('empty')
    expect(rig.all('job:error')).toHaveLength(3)
  })

  test('with --stop-when-empty when all of its queues are paused', async () => {
    const rig = new Rig({ note }, { stopWhenEmpty: true })
    await rig.push('note')
    await rig.control.pause(['default'])
    expect(await rig.start()).toBe('empty')
    expect(await rig.counts()).toEqual([1, 0, 0, 0])
  })

  test('after one job, with --once', async () => {
    const rig = new Rig({ note }, { once: true, maxJobs: 1 })
    for (let each = 0; each < 3; each++) await rig.push('note')
    expect(await rig.start()).toBe('once')
    expect(await rig.counts()).toEqual([2, 0, 0, 0])
    expect(rig.clock.monotonic()).toBe(0)
  })

  test('after one job that comes within the sleep, with --once', async () => {
    const rig = new Rig({ note }, { once: true, maxJobs: 1, sleepMs: 3_000 })
    const ended = rig.start()
    await rig.advance(2_500)
    await rig.push('note')
    expect(await ended).toBe('once')
    expect(rig.all('job:processed')).toHaveLength(1)
  })

  test('after the sleep when none comes, with --once, paused or not', async () => {
    for (const paused of [[], ['default']]) {
      const rig = new Rig({ note }, { once: true, maxJobs: 1, sleepMs: 3_000 })
      await rig.control.pause(paused)
      const ended = rig.start()
      await rig.advance(2_999)
      expect(rig.all('worker:stop')).toEqual([])
      await rig.advance(2)
      expect(await ended).toBe('empty')
    }
  })

  test('when it uses too much memory, but not for garbage', async () => {
    let used = 50
    let garbage = 0
    const collect = () => {
      garbage = 0
    }
    const rig = new Rig({ note }, { memoryBytes: 100, memoryUsed: () => used + garbage, collect })
    const ended = rig.start()
    await rig.advance(10)
    garbage = 100
    await rig.advance(10_000)
    expect(garbage).toBe(0)
    expect(rig.all('worker:stop')).toEqual([])
    used = 101
    await rig.advance(4_000)
    expect(await ended).toBe('memory')
  })

  test('and before its first job it collects what loading left behind, unless it is there for one job only', async () => {
    for (const maxJobs of [2, 1]) {
      const seen: string[] = []
      const collect = () => seen.push('collected')
      const rig = new Rig({ note: defineJob(() => void seen.push('ran')) }, { maxJobs, collect })
      for (let n = 0; n < maxJobs; n++) await rig.push('note')
      await rig.start()
      expect(seen).toEqual(maxJobs === 1 ? ['ran'] : ['collected', 'ran', 'ran'])
    }
  })

  test('tells its listeners why', async () => {
    const rig = new Rig({ note }, { maxJobs: 1 })
    await rig.push('note')
    await rig.start()
    expect(rig.heard[0]).toEqual({ name: 'worker:start', event: { queues: ['default'], concurrency: 1 } })
    expect(rig.heard.at(-1)).toEqual({ name: 'worker:stop', event: { reason: 'max-jobs' } })
  })

  test('without leaving timers', async () => {
    const rig = new Rig({ note }, { maxJobs: 1, maxTimeMs: 1e9, keepFailedMs: 1_000 })
    await rig.push('note')
    await rig.start()
    await new Promise((resolve) => setImmediate(resolve))
    await rig.advance(0)
    expect(rig.clock.pending).toBe(0)
  })
})

describe('a slot', () => {
  test('rests after each job, the others do not', async () => {
    const { rig, gates } = held({ restMs: 5_000, concurrency: 2 })
    for (let each = 0; each < 3; each++) await rig.push('slow')
    void rig.start()
    await rig.nth('job:processing', 2)
    gates[0]!.resolve()
    await rig.nth('job:processed')
    await rig.advance(4_999)
    expect(gates).toHaveLength(2)
    await rig.advance(1)
    expect(gates).toHaveLength(3)
    for (const gate of gates) gate.resolve()
  })
})
