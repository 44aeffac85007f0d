import { describe, expect, it } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import { isPullConnector, type PullConnector, type Settlement } from '../../src/contract/connector.ts'
import { StoreError } from '../../src/contract/errors.ts'
import { describeConformance } from '../../src/testing/conformance/index.ts'
import { faulty } from '../../src/testing/faulty.ts'

const lost = new StoreError('the store is away', { transient: true })
const request = { queues: ['mail'], limit: 10, expireMs: 60_000 }
const job = { id: 'a', queue: 'mail', job: 'J', body: '{"job":"J","data":""}', delayMs: 0 }

async function remove(store: PullConnector): Promise<Settlement[]> {
  const reserved = await store.reserve(request)
  return reserved.map((reservation) => ({ kind: 'delete', reservation }))
}

describeConformance({ describe, it }, 'a faulty connector without faults meets the contract', {
  create: async () => faulty(new MemoryConnector()),
})

describe('a faulty connector', () => {
  it('fails so often as it is told, and then works', async () => {
    const store = faulty(new MemoryConnector()).fail('reserve', lost, 2)
    await store.push([job])
    await expect(store.reserve(request)).rejects.toBe(lost)
    await expect(store.reserve(request)).rejects.toBe(lost)
    expect(await store.reserve(request)).toHaveLength(1)
    expect(store.calls('reserve')).toBe(3)
    expect(store.calls('*')).toBe(4)
  })

  it('does nothing in a call that fails', async () => {
    const store = faulty(new MemoryConnector()).fail('push', lost)
    await expect(store.push([job])).rejects.toBe(lost)
    store.restore()
    expect(await store.reserve(request)).toEqual([])
  })

  it('can carry out a call and lose the reply: the repeat is refused', async () => {
    const store = faulty(new MemoryConnector())
    await store.push([job])
    const batch = await remove(store)
    store.failAfter('settle', lost, 1)
    await expect(store.settle(batch)).rejects.toBe(lost)
    expect(await store.settle(batch)).toEqual(batch)
    expect(await store.size('mail')).toMatchObject({ ready: 0, reserved: 0 })
  })

  it('loses the whole store but its close, until it is restored', async () => {
    const store = faulty(new MemoryConnector()).fail('*', lost)
    const calls = [
      () => store.open(),
      () => store.push([job]),
      () => store.reserve(request),
      () => store.settle([]),
      () => store.exchange!([], request),
      () => store.touch([], null),
      () => store.size('mail'),
      () => store.wait!(['mail'], 0, AbortSignal.abort()),
      () => store.failed.all(),
      () => store.cache.get('key'),
    ]
    for (const call of calls) await expect(call()).rejects.toBe(lost)
    store.restore('*')
    for (const call of calls) await call()
    await store.fail('*', lost).close()
  })

  it('fails parts of failed and cache alone', async () => {
    const store = faulty(new MemoryConnector(), [
      { method: 'failed.retry', error: lost },
      { method: 'cache.add', error: 'text', times: 1 },
    ])
    await expect(store.failed.retry(['1'])).rejects.toBe(lost)
    expect(await store.failed.all()).toEqual([])
    await expect(store.cache.add('key', 'value')).rejects.toBe('text')
    expect(await store.cache.add('key', 'value')).toBe(true)
  })

  it('restores one method and leaves the faults of others', async () => {
    const store = faulty(new MemoryConnector()).fail('push', lost).fail('size', lost)
    store.restore('push')
    await store.push([job])
    await expect(store.size('mail')).rejects.toBe(lost)
  })

  it('says of its errors whether they pass', () => {
    const store = faulty(new MemoryConnector())
    expect(store.isTransient(lost)).toBe(true)
    expect(store.isTransient(new StoreError('the file is corrupt', { transient: false }))).toBe(false)
  })

  it('has only the optional methods that the wrapped connector has', () => {
    const { exchange: _, wait: __, ...plain } = faulty(new MemoryConnector())
    const store = faulty(plain)
    expect(isPullConnector(store)).toBe(true)
    expect(store).not.toHaveProperty('exchange')
    expect(store).not.toHaveProperty('wait')
  })
})
