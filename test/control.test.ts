import { describe, expect, test } from 'vitest'
import { MemoryConnector } from '../src/connectors/memory/index.ts'
import type { PullConnector } from '../src/contract/connector.ts'
import { StoreError } from '../src/contract/errors.ts'
import { Control, everyQueue } from '../src/control.ts'
import { FakeClock } from '../src/testing/fake-clock.ts'

function controlled() {
  const clock = new FakeClock()
  const store: PullConnector = new MemoryConnector({ clock })
  return { clock, store, cache: store.cache, control: new Control(store, clock) }
}

describe('what operators tell the workers', () => {
  test('is a restart that rises by one and changes the revision', async () => {
    const { control } = controlled()
    expect([await control.restarts(), await control.revision()]).toEqual([0, '0'])
    await control.restart()
    await control.restart()
    expect([await control.restarts(), await control.revision()]).toEqual([2, '2'])
  })

  test('is a list of paused queues, each once', async () => {
    const { control } = controlled()
    expect(await control.paused()).toEqual([])
    expect(await control.pause(['b', 'a'])).toEqual(['a', 'b'])
    expect(await control.pause(['a', 'c'])).toEqual(['a', 'b', 'c'])
    expect(await control.paused()).toEqual(['a', 'b', 'c'])
    expect(await control.resume(['b', 'unknown'])).toEqual(['a', 'c'])
    expect(await control.revision()).toBe('3')
  })

  test('resumes everything at once', async () => {
    const { control } = controlled()
    await control.pause(['a', everyQueue])
    expect(await control.resume([everyQueue])).toEqual([])
  })

  test('loses no pause when several operators speak at once', async () => {
    const { clock, control } = controlled()
    const all = Promise.all(['a', 'b', 'c', 'd'].map((queue) => control.pause([queue])))
    await clock.advance(1_000)
    await all
    expect(await control.paused()).toEqual(['a', 'b', 'c', 'd'])
  })

  test('waits for the lock of one who died, which ends by itself', async () => {
    const { clock, cache, control } = controlled()
    await cache.add('control:lock', '1', 5_000)
    const paused = control.pause(['a'])
    await clock.advance(5_100)
    expect(await paused).toEqual(['a'])
  })

  test('is given up when the lock never ends', async () => {
    const { clock, cache, control } = controlled()
    await cache.add('control:lock', '1', null)
    const refused = expect(control.pause(['a'])).rejects.toBeInstanceOf(StoreError)
    await clock.advance(11_000)
    await refused
    expect(await control.paused()).toEqual([])
  })

  test('gives the lock back when the store fails half-way', async () => {
    const { cache, control } = controlled()
    const { set } = cache
    cache.set = () => Promise.reject(new Error('away'))
    await expect(control.pause(['a'])).rejects.toThrow('away')
    cache.set = set
    expect(await control.pause(['a'])).toEqual(['a'])
  })

  test('is told to the store before the lock is given back, where it refuses paused queues itself', async () => {
    const { store, cache, control } = controlled()
    const told: unknown[] = []
    store.applyPauses = async (paused) => void told.push([paused, await cache.get('control:lock')])
    await control.pause(['b'])
    await control.pause(['a'])
    await control.resume(['b'])
    expect(told).toEqual([
      [['b'], '1'],
      [['a', 'b'], '1'],
      [['a'], '1'],
    ])
  })

  test('is known by the revision of a store that has its own', async () => {
    const { cache, control } = controlled()
    cache.revision = async () => 'from elsewhere'
    await control.restart()
    expect(await control.revision()).toBe('from elsewhere')
  })
})
