import { describe, expect, it } from 'vitest'
import { defineJob } from '../../src/contract/job.ts'
import { away, deferred, Rig } from './rig.ts'

describe('when the store last answered a worker that asked for jobs', () => {
  it('is not known before it did', async () => {
    const rig = new Rig({})
    rig.faulty.fail('reserve', away)
    expect(rig.worker.reservedAt).toBeUndefined()
    void rig.start()
    await rig.nth('store:down')
    expect(rig.worker.reservedAt).toBeUndefined()
  })

  it('is told by each reserve, with jobs or without, and by each wait that ends', async () => {
    const rig = new Rig({ note: defineJob(() => {}) }, { sleepMs: 3_000 })
    void rig.start()
    await rig.idle()
    expect(rig.worker.reservedAt).toBe(rig.clock.monotonic())
    await rig.advance(2_999)
    expect(rig.worker.reservedAt).toBe(rig.clock.monotonic() - 2_999)
    await rig.advance(1)
    expect(rig.worker.reservedAt).toBe(rig.clock.monotonic())
    await rig.advance(1_000)
    await rig.push('note')
    await rig.nth('job:processed')
    expect(rig.worker.reservedAt).toBe(rig.clock.monotonic())
  })

  it('stays while the store is away', async () => {
    const rig = new Rig({}, { sleepMs: 1_000 })
    void rig.start()
    await rig.idle()
    rig.faulty.fail('reserve', away)
    await rig.advance(60_000)
    expect(rig.clock.monotonic() - rig.worker.reservedAt!).toBeGreaterThan(58_000)
  })

  it('is not told by what only settles', async () => {
    const gate = deferred()
    const rig = new Rig({ note: defineJob(() => gate.promise) }, { maxJobs: 1 })
    await rig.push('note')
    void rig.start()
    await rig.nth('job:processing')
    const before = rig.worker.reservedAt
    await rig.advance(5_000)
    gate.resolve()
    await rig.nth('worker:stop')
    expect(rig.worker.reservedAt).toBe(before)
  })
})

describe('a worker wants jobs', () => {
  it('while it has a free slot, and none while all of them run', async () => {
    const gate = deferred()
    const rig = new Rig({ note: defineJob(() => gate.promise) })
    await rig.push('note')
    expect(rig.worker.wantsJobs).toBe(true)
    void rig.start()
    await rig.nth('job:processing')
    expect(rig.worker).toMatchObject({ wantsJobs: false, takesJobs: true })
    gate.resolve()
    await rig.nth('job:processed')
    await rig.idle()
    expect(rig.worker.wantsJobs).toBe(true)
  })

  it('not while all of its queues are paused', async () => {
    const rig = new Rig({}, { queues: ['a', 'b'] })
    void rig.start()
    await rig.idle()
    await rig.control.pause(['a'])
    await rig.advance(2_000)
    expect(rig.worker.wantsJobs).toBe(true)
    await rig.control.pause(['b'])
    await rig.advance(2_000)
    expect(rig.worker).toMatchObject({ wantsJobs: false, takesJobs: true })
  })

  it('not while it is quiet, and not once it stops', async () => {
    const rig = new Rig({})
    void rig.start()
    await rig.idle()
    rig.worker.quiet()
    expect(rig.worker).toMatchObject({ wantsJobs: false, takesJobs: false })
    rig.worker.resume()
    expect(rig.worker).toMatchObject({ wantsJobs: true, takesJobs: true })
    rig.worker.stop('signal')
    expect(rig.worker).toMatchObject({ wantsJobs: false, takesJobs: false })
  })
})
