import { describe, expect, it } from 'vitest'
import { defineJob } from '../../src/contract/job.ts'
import { Rig } from './rig.ts'

const gone = new Error('the database went away')

/** Something that jobs depend on, away until a test says otherwise. */
class Dependency {
  isAway = true
  pings = 0
  readonly isLost = (error: unknown) => error === gone
  readonly ping = async () => {
    this.pings++
    if (this.isAway) throw new Error('still away')
  }
}

describe('a job that lost what it depends on', () => {
  it('spends no try, no job is taken until it answers, and all of it is said once', async () => {
    const dependency = new Dependency()
    const runs: string[] = []
    const Job1 = defineJob(async (data: string, job) => {
      runs.push(`${data} ${job.attempts}`)
      if (dependency.isAway) throw gone
    })
    const rig = new Rig({ Job1 }, { infrastructure: [dependency], tries: 1 })
    await rig.push('Job1', 'a')
    await rig.push('Job1', 'b')
    void rig.start()
    await rig.nth('infrastructure:down')
    await rig.advance(60_000)
    expect(runs).toEqual(['a 1'])
    expect(dependency.pings).toBeGreaterThan(5)
    expect(rig.all('job:failed')).toEqual([])
    dependency.isAway = false
    await rig.advance(10_000)
    expect(runs).toEqual(['a 1', 'b 1', 'a 1'])
    expect(rig.all('infrastructure:down')).toEqual([{ error: gone }])
    expect(rig.all('infrastructure:up')).toEqual([{ downMs: expect.any(Number) }])
    expect(rig.all('infrastructure:up')[0]!.downMs).toBeGreaterThan(59_000)
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  it('is released ten times at most; then losing it is its own failure', async () => {
    const dependency = new Dependency()
    dependency.isAway = false
    let runs = 0
    const Job1 = defineJob(async () => {
      runs++
      throw gone
    })
    const rig = new Rig({ Job1 }, { infrastructure: [dependency], tries: 2 })
    await rig.push('Job1')
    void rig.start()
    await rig.advance(600_000)
    expect(runs).toBe(12)
    const [failed] = rig.all('job:failed')
    expect(failed?.attempts).toBe(2)
    expect(rig.all('job:error').map(({ willRetry }) => willRetry)).toEqual([...Array(11).fill(true), false])
  })

  it('without a ping is tried again by the next job, at growing intervals', async () => {
    let isAway = true
    const Job1 = defineJob(async () => {
      if (isAway) throw gone
    })
    const rig = new Rig({ Job1 }, { infrastructure: [{ isLost: (error) => error === gone }], tries: 1 })
    await rig.push('Job1')
    void rig.start()
    await rig.advance(8_000)
    const tried = rig.all('infrastructure:down').length
    expect(tried).toBeGreaterThan(2)
    expect(tried).toBeLessThan(9)
    isAway = false
    await rig.advance(30_000)
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
    expect(rig.all('job:failed')).toEqual([])
  })

  it('other errors, a time-out and a look that fails itself are failures as ever', async () => {
    const blind = {
      isLost(): boolean {
        throw new Error('cannot look')
      },
    }
    const Job1 = defineJob(async () => {
      throw new Error('mine')
    })
    const rig = new Rig({ Job1 }, { infrastructure: [blind, new Dependency()], tries: 1 })
    await rig.push('Job1')
    void rig.start()
    await rig.nth('job:failed')
    expect(rig.all('infrastructure:down')).toEqual([])
  })

  it('a worker stops in the middle of it as at any time', async () => {
    const dependency = new Dependency()
    const Job1 = defineJob(async () => {
      throw gone
    })
    const rig = new Rig({ Job1 }, { infrastructure: [dependency] })
    await rig.push('Job1')
    const ended = rig.start()
    await rig.nth('infrastructure:down')
    rig.worker.stop('signal')
    expect(await ended).toBe('signal')
    const { pings } = dependency
    await rig.advance(60_000)
    expect(dependency.pings).toBe(pings)
  })
})
