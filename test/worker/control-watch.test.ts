import { describe, expect, test } from 'vitest'
import { everyQueue } from '../../src/control.ts'
import { away, held, note, Rig } from './rig.ts'

describe('control from elsewhere', () => {
  test('pauses a queue within a second and resumes it', async () => {
    const rig = new Rig({ note }, { queues: ['a', 'b'] })
    void rig.start()
    await rig.nth('worker:idle')
    await rig.control.pause(['a'])
    await rig.advance(1_000)
    expect(rig.all('worker:pause')).toEqual([{ queues: ['a'] }])
    await rig.push('note', 1, { queue: 'a' })
    await rig.push('note', 1, { queue: 'b' })
    await rig.advance(10_000)
    expect(rig.all('job:processed').map(({ queue }) => queue)).toEqual(['b'])
    await rig.control.resume(['a'])
    await rig.advance(1_000)
    expect(rig.all('worker:resume')).toEqual([{ queues: ['a'] }])
    expect(rig.all('job:processed').map(({ queue }) => queue)).toEqual(['b', 'a'])
  })

  test('pauses all queues at once', async () => {
    const rig = new Rig({ note }, { queues: ['a', 'b'] })
    void rig.start()
    await rig.control.pause([everyQueue])
    await rig.advance(1_000)
    for (const queue of ['a', 'b']) await rig.push('note', 1, { queue })
    await rig.advance(10_000)
    expect(rig.all('job:processing')).toEqual([])
    await rig.control.resume([everyQueue])
    await rig.advance(1_000)
    expect(rig.all('job:processed')).toHaveLength(2)
  })

  test('is obeyed by a worker that starts later, which says so', async () => {
    const rig = new Rig({ note }, { queues: ['a', 'b'] })
    await rig.control.pause(['b'])
    await rig.push('note', 1, { queue: 'b' })
    void rig.start()
    await rig.advance(5_000)
    expect(rig.heard.slice(0, 2)).toMatchObject([
      { name: 'worker:start' },
      { name: 'worker:pause', event: { queues: ['b'] } },
    ])
    expect(rig.all('job:processing')).toEqual([])
  })

  test('is ignored with --force, but for a restart', async () => {
    const rig = new Rig({ note }, { force: true })
    await rig.control.pause(['default', everyQueue])
    await rig.push('note')
    const ended = rig.start()
    await rig.nth('job:processed')
    await rig.control.restart()
    await rig.advance(1_000)
    expect(await ended).toBe('restart')
  })

  test('restarts within a second, what runs finishing first', async () => {
    const { rig, gates } = held()
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing')
    await rig.control.restart()
    await rig.advance(1_000)
    expect(rig.all('worker:stop')).toEqual([])
    gates[0]!.resolve()
    expect(await ended).toBe('restart')
    expect(rig.all('job:processed')).toMatchObject([{ outcome: 'deleted' }])
  })

  test('of a restart before the start does not concern it', async () => {
    const rig = new Rig({ note })
    await rig.control.restart()
    void rig.start()
    await rig.advance(5_000)
    expect(rig.all('worker:stop')).toEqual([])
  })

  test('is not a restart when the store forgot everything, and heard again after that', async () => {
    const rig = new Rig({ note })
    for (let each = 0; each < 3; each++) await rig.control.restart()
    const ended = rig.start()
    await rig.nth('worker:idle')
    rig.store.values.clear()
    await rig.advance(5_000)
    expect(rig.all('worker:stop')).toEqual([])
    await rig.control.restart()
    await rig.advance(1_000)
    expect(await ended).toBe('restart')
  })

  test('is looked for each second even after a look that failed', async () => {
    const rig = new Rig({ note })
    const ended = rig.start()
    await rig.nth('worker:idle')
    rig.faulty.fail('cache.get', away, 2)
    await rig.control.restart()
    await rig.advance(3_000)
    expect(await ended).toBe('restart')
  })

  test('costs one read a second while nothing changes', async () => {
    const rig = new Rig({ note })
    void rig.start()
    await rig.nth('worker:idle')
    const before = rig.faulty.calls('cache.get')
    await rig.advance(10_000)
    expect(rig.faulty.calls('cache.get') - before).toBe(10)
  })
})
