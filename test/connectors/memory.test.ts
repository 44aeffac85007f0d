import { describe, expect, test } from 'vitest'
import { DueHeap } from '../../src/connectors/memory/due-heap.ts'
import { Fifo } from '../../src/connectors/memory/fifo.ts'
import { MemoryConnector, memoryConnector } from '../../src/connectors/memory/index.ts'
import { MemoryStore } from '../../src/connectors/memory/store.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'

const envelope = (id: string, { queue = 'default', delayMs = 0 } = {}) => ({
  id,
  queue,
  job: 'j',
  body: id,
  delayMs,
})
const one = { queues: ['default'], limit: 1, expireMs: 1_000 }
const forever = new AbortController().signal

/** What the conformance suite promises of every store is not repeated here. */
describe('the memory connector', () => {
  test('is made by its factory, with the name of the connection in its failed jobs', async () => {
    const connector = (await memoryConnector({}, { connection: 'mine', root: '/' })) as MemoryConnector
    await connector.push([envelope('a')])
    const [reservation] = await connector.reserve(one)
    await connector.settle([{ kind: 'bury', reservation: reservation!, reason: 'r' }])
    expect(await connector.failed.all()).toMatchObject([{ connection: 'mine', queue: 'default', body: 'a' }])
  })

  test('shares jobs with another on the same store, and with none otherwise', async () => {
    const store = new MemoryStore()
    const [a, b, c] = [new MemoryConnector({ store }), new MemoryConnector({ store }), new MemoryConnector()]
    await a.push([envelope('x')])
    expect(await c.reserve(one)).toEqual([])
    expect(await b.reserve(one)).toMatchObject([{ id: 'x' }])
  })

  test('lets a lease end early that was renewed for less time than it had', async () => {
    const connector = new MemoryConnector()
    await connector.push([envelope('x')], 0)
    const [reservation] = await connector.reserve({ ...one, expireMs: 60_000, now: 0 })
    await connector.touch([reservation!], 1_000, 0)
    expect(await connector.reserve({ ...one, now: 1_000 })).toMatchObject([{ id: 'x', attempts: 2 }])
  })

  test('goes by the clock it is given: delays, leases and values', async () => {
    const clock = new FakeClock()
    const connector = new MemoryConnector({ clock })
    await connector.push([envelope('x', { delayMs: 500 })])
    await connector.cache.set('key', 'value', 700)
    await clock.advance(499)
    expect(await connector.reserve(one)).toEqual([])
    await clock.advance(1)
    expect(await connector.reserve(one)).toMatchObject([{ attempts: 1 }])
    await clock.advance(199)
    expect(await connector.cache.get('key')).toBe('value')
    await clock.advance(1)
    expect(await connector.cache.get('key')).toBeNull()
    await clock.advance(800)
    expect(await connector.reserve(one)).toMatchObject([{ attempts: 2 }])
  })

  test('ends a wait at the next due time, at the end of a lease, on arrival or at the time-out', async () => {
    const clock = new FakeClock()
    const connector = new MemoryConnector({ clock })
    const waited = async (act: () => unknown = () => {}) => {
      const start = clock.monotonic()
      let endedAt = Number.NaN
      const wait = connector.wait(['default'], 10_000, forever).then(() => {
        endedAt = clock.monotonic()
      })
      await act()
      await clock.advance(10_000)
      await wait
      return endedAt - start
    }
    expect(await waited()).toBe(10_000)
    expect(await waited(() => connector.push([envelope('elsewhere', { queue: 'b' })]))).toBe(10_000)
    expect(await waited(() => connector.push([envelope('x')]))).toBe(0)
    const [reservation] = await connector.reserve({ ...one, expireMs: 13_000 })
    expect(await waited()).toBe(10_000)
    expect(await waited()).toBe(3_000)
    await connector.reserve({ ...one, expireMs: null })
    await connector.push([envelope('y', { delayMs: 2_500 })])
    expect(await waited()).toBe(2_500)
    expect(await connector.settle([{ kind: 'delete', reservation: reservation! }])).toHaveLength(1)
  })

  test('lets go of its waits and refuses every call once it is closed', async () => {
    const clock = new FakeClock()
    const connector = new MemoryConnector({ clock })
    const wait = connector.wait(['default'], 10_000, forever)
    await connector.close()
    await connector.close()
    expect(await wait).toEqual([])
    expect(clock.pending).toBe(0)
    for (const call of [
      () => connector.open(),
      () => connector.push([envelope('x')]),
      () => connector.reserve(one),
      () => connector.size('default'),
      () => connector.failed.all(),
      () => connector.cache.get('key'),
    ]) {
      const refusal = await call().then(
        () => expect.unreachable(),
        (error: unknown) => error,
      )
      expect(refusal).toMatchObject({ code: 'CLOSED' })
      expect(connector.isTransient(refusal)).toBe(false)
    }
  })
})

describe('the line of the memory store', () => {
  test('gives things back in the order they came, through growing and shrinking', () => {
    const fifo = new Fifo<number>()
    const out: number[] = []
    let next = 0
    for (let round = 0; round < 300; round++) {
      for (let each = 0; each < 100; each++) fifo.add(next++)
      for (let each = 0; each < (round < 150 ? 20 : 150); each++) {
        expect(fifo.peek()).toBe(out.length < next ? out.length : undefined)
        const item = fifo.take()
        if (item !== undefined) out.push(item)
      }
      expect(fifo.size).toBe(next - out.length)
    }
    expect(out).toEqual(Array.from({ length: out.length }, (_, index) => index))
  })

  test('keeps nothing of what was taken', () => {
    const fifo = new Fifo<object>()
    fifo.add({})
    fifo.add({})
    fifo.clear()
    expect([fifo.size, fifo.take(), fifo.peek()]).toEqual([0, undefined, undefined])
  })
})

describe('the heap of what falls due', () => {
  test('gives the earliest first, equals in order of arrival', () => {
    const heap = new DueHeap<{ dueAt: number; serial: number }>()
    const items = Array.from({ length: 1_000 }, (_, serial) => ({ dueAt: (serial * 37) % 101, serial }))
    for (const item of items) heap.add(item)
    for (const now of [-1, 0, 50, 100])
      expect(heap.countDue(now)).toBe(items.filter(({ dueAt }) => dueAt <= now).length)
    const out = Array.from(items, () => heap.take()!)
    expect(out).toEqual([...items].sort((a, b) => a.dueAt - b.dueAt || a.serial - b.serial))
    expect([heap.size, heap.take(), heap.peek()]).toEqual([0, undefined, undefined])
  })

  test('looks at a few only, however many there are', () => {
    let looks = 0
    class Item {
      readonly serial: number
      constructor(serial: number) {
        this.serial = serial
      }
      get dueAt() {
        looks++
        return (this.serial * 7_919) % 200_003
      }
    }
    const heap = new DueHeap<Item>()
    for (let serial = 0; serial < 200_000; serial++) heap.add(new Item(serial))
    looks = 0
    heap.take()
    heap.add(new Item(5))
    expect(looks).toBeLessThan(200)
  })
})
