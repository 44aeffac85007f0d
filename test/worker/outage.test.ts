import { describe, expect, it } from 'vitest'
import type { PullConnector } from '../../src/contract/connector.ts'
import { defineJob } from '../../src/contract/job.ts'
import { away, Rig } from './rig.ts'

/** Its calls by name, so that one can be put in the place of another. */
function cacheOf({ cache }: PullConnector): PullConnector['cache'] {
  return {
    get: (...args) => cache.get(...args),
    set: (...args) => cache.set(...args),
    add: (...args) => cache.add(...args),
    increment: (...args) => cache.increment(...args),
    forget: (...args) => cache.forget(...args),
  }
}

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
    expect(rig.all('infrastructure:down')).toEqual([{ error: gone, canAsk: true }])
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

  it('is released ten times at most by all workers together, those included that end and begin', async () => {
    let runs = 0
    const Job1 = defineJob(async () => {
      runs++
      throw gone
    })
    const dependency = new Dependency()
    dependency.isAway = false
    const options = { infrastructure: [dependency], tries: 1 }
    let rig = new Rig({ Job1 }, options)
    await rig.push('Job1')
    while (rig.all('job:failed').length === 0 && runs < 100) {
      rig = new Rig({ Job1 }, { ...options, store: rig.store, clock: rig.clock })
      const ended = rig.worker.run()
      const before = runs
      while (runs < before + 2 && rig.all('job:failed').length === 0) await rig.advance(500)
      rig.worker.stopNow('signal')
      await rig.advance(100)
      await ended
    }
    expect(runs).toBe(11)
  })

  it.each(['rejects', 'does not answer'])(
    'is counted by its worker alone while the store %s',
    async (how) => {
      let runs = 0
      const Job1 = defineJob(async () => {
        runs++
        throw gone
      })
      const dependency = new Dependency()
      dependency.isAway = false
      const silent = (connector: PullConnector): PullConnector =>
        Object.assign(connector, { cache: { ...cacheOf(connector), add: () => new Promise(() => {}) } })
      const wrap = how === 'rejects' ? undefined : silent
      const rig = new Rig(
        { Job1 },
        { infrastructure: [dependency], tries: 1, ...(wrap === undefined ? {} : { wrap }) },
      )
      if (how === 'rejects') rig.faulty.fail('cache.add', away)
      await rig.push('Job1')
      void rig.start()
      await rig.advance(600_000)
      expect(runs).toBe(11)
      expect(rig.all('job:failed')).toHaveLength(1)
    },
  )

  it('and whose count the store got late is not counted twice', async () => {
    let runs = 0
    const Job1 = defineJob(async () => {
      runs++
      throw gone
    })
    const dependency = new Dependency()
    dependency.isAway = false
    const rig = new Rig({ Job1 }, { infrastructure: [dependency], tries: 1 })
    rig.faulty.fail('cache.add', away, 4)
    const id = await rig.push('Job1')
    void rig.start()
    while (runs < 7) await rig.advance(500)
    expect(await rig.connector.cache.get(`lost:${id}`)).toBe('7')
    await rig.advance(600_000)
    expect(runs).toBe(11)
  })

  it('without a ping is tried again by the next job, at growing intervals', async () => {
    let isAway = true
    let tried = 0
    const Job1 = defineJob(async () => {
      tried++
      if (isAway) throw gone
    })
    const rig = new Rig({ Job1 }, { infrastructure: [{ isLost: (error) => error === gone }], tries: 1 })
    await rig.push('Job1')
    void rig.start()
    await rig.advance(8_000)
    expect(tried).toBeGreaterThan(2)
    expect(tried).toBeLessThan(9)
    expect(rig.all('infrastructure:down')).toEqual([{ error: gone, canAsk: false }])
    expect(rig.all('infrastructure:up')).toEqual([])
    isAway = false
    await rig.advance(30_000)
    expect(rig.all('infrastructure:down')).toHaveLength(1)
    expect(rig.all('infrastructure:up')).toEqual([{ downMs: expect.any(Number) }])
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
