import { describe, expect, test } from 'vitest'
import type { PullConnector, StoreNews } from '../../src/contract/connector.ts'
import { away, note, Rig, type RigOptions } from './rig.ts'

/** A worker whose store tells it what the test says. */
function hearing(options: RigOptions = {}) {
  const listening = new Set<StoreNews>()
  const wrap = (connector: PullConnector) =>
    Object.assign(connector, {
      hear(news: StoreNews) {
        listening.add(news)
        return () => void listening.delete(news)
      },
    })
  const rig = new Rig({ note }, { wrap, ...options })
  const tell = (what: (news: StoreNews) => void) => listening.forEach(what)
  return { rig, tell, listening }
}

describe('a store that brings news', () => {
  test('of the operators makes the worker look at once, and otherwise every 5 s', async () => {
    const { rig, tell } = hearing()
    void rig.start()
    await rig.nth('worker:idle')
    const before = rig.faulty.calls('cache.get')
    await rig.advance(20_000)
    expect(rig.faulty.calls('cache.get') - before).toBe(4)
    await rig.control.pause(['default'])
    await rig.advance(0)
    expect(rig.all('worker:pause')).toEqual([])
    tell((news) => news.control())
    await rig.advance(0)
    expect(rig.all('worker:pause')).toEqual([{ queues: ['default'] }])
    await rig.control.resume(['default'])
    await rig.advance(5_000)
    expect(rig.all('worker:resume')).toHaveLength(1)
  })

  test('while it looks makes it look once more, however often it comes', async () => {
    const { rig, tell } = hearing()
    void rig.start()
    await rig.nth('worker:idle')
    const before = rig.faulty.calls('cache.get')
    for (let each = 0; each < 50; each++) tell((news) => news.control())
    await rig.advance(0)
    expect(rig.faulty.calls('cache.get') - before).toBe(2)
  })

  test('has a look that failed repeated within a second', async () => {
    const { rig, tell } = hearing()
    const ended = rig.start()
    await rig.nth('worker:idle')
    await rig.control.restart()
    rig.faulty.fail('cache.get', away, 1)
    tell((news) => news.control())
    await rig.advance(1_000)
    expect(await ended).toBe('restart')
  })

  test('of its return ends the brake at once', async () => {
    const { rig, tell } = hearing()
    void rig.start()
    await rig.nth('worker:idle')
    rig.faulty.fail('*', away)
    await rig.advance(60_000)
    rig.faulty.restore()
    await rig.push('note')
    await rig.control.pause(['elsewhere'])
    tell((news) => news.up())
    await rig.advance(0)
    expect(rig.all('job:processed')).toHaveLength(1)
    expect(rig.all('store:up')).toHaveLength(1)
  })

  test('of its return is heard by a worker that waits for it at its start', async () => {
    const { rig, tell } = hearing()
    rig.faulty.fail('open', away)
    await rig.push('note')
    void rig.start()
    await rig.advance(60_000)
    rig.faulty.restore()
    tell((news) => news.up())
    await rig.advance(0)
    expect(rig.all('job:processed')).toHaveLength(1)
  })

  test('to warn of is passed on', async () => {
    const { rig, tell } = hearing()
    void rig.start()
    tell((news) => news.warn('it may evict jobs'))
    expect(rig.all('store:warning')).toEqual([{ message: 'it may evict jobs' }])
  })

  test('is not listened to when the worker has ended', async () => {
    const { rig, listening } = hearing({ maxJobs: 1 })
    await rig.push('note')
    await rig.start()
    expect(listening.size).toBe(0)
    expect(rig.clock.pending).toBe(0)
  })
})
