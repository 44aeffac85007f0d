import { describe, expect, it } from 'vitest'
import { GatheredPushes } from '../../src/connectors/database/gathered-pushes.ts'
import type { Envelope } from '../../src/contract/connector.ts'
import { PushOutcomeUnknown, StoreError } from '../../src/contract/errors.ts'
import { envelope } from './database-store.ts'

/** A store whose transactions end when the test says so. */
class HeldStore {
  readonly batches: string[][] = []
  readonly #ends: {
    readonly resolve: (ids: readonly string[]) => void
    readonly reject: (error: unknown) => void
  }[] = []
  readonly pushes = new GatheredPushes((batch) => this.#store(batch))
  #ids = 0

  push(name: string, queue = 'q'): Promise<string> {
    return this.pushes.push(envelope(queue, name))
  }

  /** Ends the oldest transaction under way, when it has begun. */
  async end(error?: unknown): Promise<void> {
    while (this.#ends.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const { resolve, reject } = this.#ends.shift()!
    if (error !== undefined) return reject(error)
    resolve(this.batches.at(-1 - this.#ends.length)!.map(() => String(++this.#ids)))
  }

  #store(batch: readonly Envelope[]): Promise<readonly string[]> {
    this.batches.push(batch.map(({ body }) => body))
    return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }))
  }
}

const settled = async (pushes: readonly Promise<string>[]) =>
  (await Promise.allSettled(pushes)).map((each) => (each.status === 'fulfilled' ? each.value : each.reason))

describe('pushes gathered for a store', () => {
  it('go in at once where none is under way, and together where one is', async () => {
    const store = new HeldStore()
    const first = store.push('a')
    expect(store.batches).toEqual([['a']])
    const others = ['b', 'c', 'd'].map((name) => store.push(name))
    await store.end()
    await store.end()
    expect(await settled([first, ...others])).toEqual(['1', '2', '3', '4'])
    expect(store.batches).toEqual([['a'], ['b', 'c', 'd']])
    const next = store.push('e')
    await store.end()
    expect(await next).toBe('5')
  })

  it('of different queues do not wait for each other', async () => {
    const store = new HeldStore()
    const pushes = [store.push('a'), store.push('b', 'other')]
    expect(store.batches).toEqual([['a'], ['b']])
    await store.end()
    await store.end()
    expect(await settled(pushes)).toHaveLength(2)
  })

  it('go in by a thousand at most, and by as much as one statement takes', async () => {
    const store = new HeldStore()
    const long = 'x'.repeat(100_000)
    const names = [...Array.from({ length: 1_500 }, (_, at) => String(at)), long, long]
    const pushes = ['first', ...names].map((name) => store.push(name))
    for (let each = 0; each < 4; each++) await store.end()
    expect(await settled(pushes)).toHaveLength(1_503)
    expect(store.batches.map(({ length }) => length)).toEqual([1, 1_000, 501, 1])
  })

  it('fail alone where the store refuses one of them', async () => {
    const store = new HeldStore()
    const pushes = settled(['first', 'good', 'bad', 'fine'].map((name) => store.push(name)))
    await store.end()
    await store.end(new Error('bad is too bad'))
    await store.end()
    await store.end(new Error('bad is too bad'))
    await store.end()
    const [first, good, bad, fine] = await pushes
    expect([first, good, fine]).toEqual(['1', '2', '3'])
    expect(bad).toMatchObject({ message: 'bad is too bad' })
    expect(store.batches).toEqual([['first'], ['good', 'bad', 'fine'], ['good'], ['bad'], ['fine']])
  })

  it('fail together, once, where the store is away', async () => {
    const store = new HeldStore()
    const pushes = settled(['first', 'a', 'b'].map((name) => store.push(name)))
    await store.end()
    await store.end(new StoreError('away', { transient: true, code: 'GONE' }))
    expect(await pushes).toEqual(['1', expect.any(StoreError), expect.any(StoreError)])
    expect(store.batches).toHaveLength(2)
  })

  it('share an unknown outcome, which is found out once for all of them', async () => {
    const store = new HeldStore()
    const asked: string[] = []
    const known = async () => {
      asked.push('known')
      return ['7', '8']
    }
    const unknown = async () => {
      asked.push('unknown')
      throw new PushOutcomeUnknown('still not known', known)
    }
    const pushes = settled(['first', 'a', 'b'].map((name) => store.push(name)))
    await store.end()
    await store.end(new PushOutcomeUnknown('not known', unknown))
    const [, a, b] = (await pushes) as PushOutcomeUnknown[]
    expect([a!.message, b!.message]).toEqual(['not known', 'not known'])
    const again = (await settled([a!.retry(), b!.retry()] as never)) as unknown as PushOutcomeUnknown[]
    expect(again.map(({ message }) => message)).toEqual(['still not known', 'still not known'])
    expect(await Promise.all(again.map((error) => error.retry()))).toEqual([['7'], ['8']])
    expect(asked).toEqual(['unknown', 'known'])
  })

  it('are drained when all are stored, also those that waited', async () => {
    const store = new HeldStore()
    const pushes = ['a', 'b'].map((name) => store.push(name))
    let isDrained = false
    const drained = store.pushes.drained().then(() => {
      isDrained = true
    })
    await store.end()
    await pushes[0]
    expect(isDrained).toBe(false)
    await store.end()
    await drained
    expect(await settled(pushes)).toEqual(['1', '2'])
    await store.pushes.drained()
  })
})
