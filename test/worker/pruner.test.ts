import { describe, expect, test } from 'vitest'
import { defineJob } from '../../src/contract/job.ts'
import { Rig } from './rig.ts'

describe('failed jobs', () => {
  test('are forgotten when they are older than they are kept, at the start and each hour', async () => {
    const hourMs = 3_600_000
    const rig = new Rig(
      { bad: defineJob({ tries: 1 }, () => Promise.reject(new Error('no'))) },
      { keepFailedMs: 2 * hourMs },
    )
    await rig.pushRaw('old')
    const [old] = await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: null })
    await rig.connector.settle([{ kind: 'bury', reservation: old!, reason: 'old' }])
    await rig.clock.advance(2 * hourMs + 1)
    await rig.push('bad')
    void rig.start()
    await rig.nth('job:failed')
    expect((await rig.connector.failed.all()).map(({ body }) => body)).toEqual(['{"job":"bad","data":""}'])
    await rig.advance(1.5 * hourMs)
    expect(await rig.connector.failed.all()).toHaveLength(1)
    await rig.advance(1.5 * hourMs)
    expect(await rig.connector.failed.all()).toEqual([])
  }, 60_000)

  test('are kept for ever unless the configuration says otherwise', async () => {
    const rig = new Rig({ bad: defineJob({ tries: 1 }, () => Promise.reject(new Error('no'))) })
    await rig.push('bad')
    void rig.start()
    await rig.nth('job:failed')
    expect(rig.faulty.calls('failed.flush')).toBe(0)
  })
})
