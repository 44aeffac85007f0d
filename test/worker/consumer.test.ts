import { describe, expect, test } from 'vitest'
import { defineJob } from '../../src/contract/job.ts'
import { away, bringing, deferred, Rig } from './rig.ts'

describe('a worker', () => {
  test('takes from its queues in strict order of preference', async () => {
    const order: string[] = []
    const note = defineJob((_: unknown, job) => void order.push(job.queue))
    const rig = new Rig({ note }, { queues: ['high', 'low'] })
    for (const queue of ['low', 'low', 'high', 'high', 'elsewhere']) await rig.push('note', 1, { queue })
    void rig.start()
    await rig.nth('job:processed', 4)
    await rig.idle()
    expect(order).toEqual(['high', 'high', 'low', 'low'])
    expect(await rig.counts('elsewhere')).toEqual([1, 0, 0, 0])
  })

  test('never runs more jobs at once than its concurrency, and fills every slot', async () => {
    let running = 0
    let most = 0
    const gates = Array.from({ length: 30 }, () => deferred())
    const note = defineJob(async (number: number) => {
      most = Math.max(most, ++running)
      await gates[number]!.promise
      running--
    })
    const rig = new Rig({ note }, { concurrency: 7 })
    for (const number of gates.keys()) await rig.push('note', number)
    void rig.start()
    for (const [number, gate] of gates.entries()) {
      await rig.nth('job:processing', Math.min(number + 7, 30))
      expect(running).toBe(Math.min(7, 30 - number))
      gate.resolve()
      await rig.nth('job:processed', number + 1)
    }
    expect(most).toBe(7)
  })

  test('does not turn without pause when it is idle and sleep is 0', async () => {
    const rig = new Rig({}, { sleepMs: 0 })
    void rig.start()
    await rig.idle()
    const before = rig.faulty.calls('reserve')
    for (let round = 0; round < 100; round++) await new Promise((resolve) => setImmediate(resolve))
    expect(rig.faulty.calls('reserve')).toBe(before)
    await rig.advance(20)
    expect(rig.faulty.calls('reserve')).toBe(before + 2)
  })

  test('hears of a job that is pushed while it is idle, and of one that falls due', async () => {
    const rig = new Rig({ note: defineJob(() => {}) })
    void rig.start()
    await rig.nth('worker:idle')
    await rig.push('note')
    await rig.nth('job:processed')
    await rig.push('note', 1, { delayMs: 1_500 })
    await rig.advance(1_499)
    expect(rig.all('job:processed')).toHaveLength(1)
    await rig.advance(1)
    expect(rig.all('job:processed')).toHaveLength(2)
  })

  test('looks every sleep where the store cannot wait', async () => {
    const rig = new Rig(
      { note: defineJob(() => {}) },
      { sleepMs: 3_000, wrap: (connector) => Object.assign(connector, { wait: undefined }) },
    )
    void rig.start()
    await rig.nth('worker:idle')
    await rig.push('note')
    await rig.advance(2_999)
    expect(rig.all('job:processed')).toEqual([])
    await rig.advance(1)
    expect(rig.all('job:processed')).toHaveLength(1)
  })

  test('starts what a wait brings', async () => {
    const rig = new Rig({ note: defineJob(() => {}) }, { wrap: bringing })
    void rig.start()
    await rig.nth('worker:idle')
    await rig.push('note')
    expect(await rig.nth('job:processed')).toMatchObject({ attempts: 1, outcome: 'deleted' })
    await rig.advance(1)
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('does not spin when every queue is paused or every slot taken', async () => {
    const gate = deferred()
    const rig = new Rig({ note: defineJob(() => gate.promise) }, { timeoutMs: 0, expireMs: null })
    await rig.push('note')
    void rig.start()
    await rig.nth('job:processing')
    const before = rig.faulty.calls('*')
    await rig.advance(900)
    expect(rig.faulty.calls('*')).toBe(before)
    gate.resolve()
  })
})

describe('a store that is lost and comes back', () => {
  for (const when of ['fail', 'failAfter'] as const) {
    test(`costs no job and doubles none, whether requests or replies are lost (${when})`, async () => {
      const runs = new Map<string, number>()
      const note = defineJob((_: unknown, job) => void runs.set(job.id, (runs.get(job.id) ?? 0) + 1))
      const rig = new Rig({ note }, { concurrency: 5, expireMs: 30_000 })
      const ids: string[] = []
      const push = async () => ids.push(await rig.push('note'))
      for (let each = 0; each < 20; each++) await push()
      void rig.start()
      await rig.nth('job:processed', 20)
      for (const method of ['exchange', 'settle', 'reserve', 'wait', 'touch'] as const)
        rig.faulty[when](method, away)
      for (let each = 0; each < 20; each++) await push()
      await rig.advance(20_000)
      const down = rig.all('store:down')
      expect(down.length).toBeGreaterThan(3)
      expect(down.map(({ attempt }) => attempt)).toEqual(down.map((_, index) => index + 1))
      expect(rig.all('store:up')).toEqual([])
      rig.faulty.restore()
      await rig.advance(60_000)
      expect(rig.all('store:up')).toHaveLength(1)
      expect(rig.all('store:up')[0]!.downMs).toBeGreaterThan(15_000)
      expect([...runs.keys()].sort()).toEqual(ids.sort())
      expect([...runs.values()].every((count) => count === 1)).toBe(true)
      expect(await rig.counts()).toEqual([0, 0, 0, 0])
      expect([...rig.all('job:error'), ...rig.all('job:failed'), ...rig.all('job:lost')]).toEqual([])
    })
  }

  test('is tried again after 50 ms to 5 s, for ever', async () => {
    const rig = new Rig({ note: defineJob(() => {}) })
    rig.faulty.fail('reserve', away)
    void rig.start()
    await rig.advance(3_600_000)
    const calls = rig.faulty.calls('reserve')
    expect(calls).toBeGreaterThan(3_600 / 5)
    expect(calls).toBeLessThan(3_600 * 2)
    rig.faulty.restore()
    await rig.push('note')
    await rig.advance(5_000)
    expect(rig.all('job:processed')).toHaveLength(1)
  })

  test('is not the job that failed: tries are not spent', async () => {
    const rig = new Rig({ note: defineJob({ tries: 1 }, () => {}) })
    rig.faulty.fail('reserve', away, 3).fail('exchange', away, 3).fail('wait', away, 3)
    await rig.push('note')
    void rig.start()
    await rig.advance(60_000)
    expect(rig.all('job:processed')).toMatchObject([{ attempts: 1 }])
  })

  test('is braked for, not spun on, when only waiting fails', async () => {
    const rig = new Rig({})
    rig.faulty.fail('wait', away)
    void rig.start()
    await rig.advance(49)
    expect(rig.faulty.calls('reserve')).toBe(1)
    await rig.advance(10_000)
    expect(rig.faulty.calls('reserve')).toBeGreaterThan(1)
  })

  test('is waited for at the start', async () => {
    const rig = new Rig({ note: defineJob(() => {}) })
    rig.faulty.fail('open', away)
    await rig.push('note')
    void rig.start()
    await rig.advance(20_000)
    expect(rig.all('worker:start')).toEqual([])
    expect(rig.all('store:down').length).toBeGreaterThan(3)
    rig.faulty.restore()
    await rig.advance(5_000)
    expect(rig.all('store:up')).toHaveLength(1)
    expect(rig.heard.map(({ name }) => name).slice(-5)).toContain('job:processed')
  })

  test('is not spun on at the start after somebody woke the worker', async () => {
    const rig = new Rig({})
    rig.faulty.fail('open', away)
    void rig.start()
    await rig.nth('store:down')
    rig.worker.quiet()
    rig.worker.resume()
    await rig.advance(49)
    expect(rig.faulty.calls('open')).toBe(2)
  })

  test('rejects the start when it refuses for good', async () => {
    const rig = new Rig({})
    const refusal = new Error('access denied')
    rig.faulty.fail('open', refusal)
    await expect(rig.worker.run()).rejects.toBe(refusal)
    expect(rig.all('store:down')).toEqual([])
    expect(rig.clock.pending).toBe(0)
  })

  test('can be given up by a stop at the start', async () => {
    const rig = new Rig({})
    rig.faulty.fail('open', away)
    const ended = rig.start()
    await rig.nth('store:down', 1)
    rig.worker.stop('signal')
    expect(await ended).toBe('signal')
    expect(rig.all('worker:start')).toEqual([])
  })
})
