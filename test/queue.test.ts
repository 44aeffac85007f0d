import { describe, expect, test } from 'vitest'
import { MemoryConnector } from '../src/connectors/memory/index.ts'
import { MemoryStore } from '../src/connectors/memory/store.ts'
import type { Connector, Envelope } from '../src/contract/connector.ts'
import { ConfigError, PayloadError, type QueueError } from '../src/contract/errors.ts'
import { defineJob, type Job } from '../src/contract/job.ts'
import { pushedName, pushedSettings } from '../src/jobs/pushed.ts'
import { QueueClient } from '../src/queue.ts'
import { FakeClock } from '../src/testing/fake-clock.ts'

class Notice {
  static readonly jobName = 'Notice'
  static readonly queue = 'notices'
  fire(_job: Job, _data: { id: number }) {}
}

const wallMs = Date.UTC(2026, 0, 2, 3, 4, 5)

/** A queue on a memory store, and what is in the store's queues. */
function queueOn({ wire, maxPayload = 1_000 }: { wire?: 'member'; maxPayload?: number } = {}) {
  const clock = new FakeClock({ wallMs })
  const store = new MemoryStore()
  const counts = { opened: 0, closed: 0 }
  const reader = new MemoryConnector({ store, clock })
  const client = new QueueClient(async () => {
    counts.opened++
    const connector: Connector = new MemoryConnector({ store, clock })
    return {
      connector: wire === undefined ? connector : Object.assign(connector, { wire }),
      defaultQueue: 'default',
      maxPayload,
      clock,
      nameOf: (job) => pushedName(job, '/nowhere'),
      queueOf: (job) => pushedSettings(job).queue,
      close: async () => {
        counts.closed++
        await connector.close()
      },
    }
  })
  const stored = (queue: string) =>
    reader.reserve({ queues: [queue], limit: 100, expireMs: null, now: Infinity })
  const bodies = async (queue = 'default') => (await stored(queue)).map(({ body }) => body)
  return { client, clock, counts, stored, bodies, reader }
}

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error as QueueError,
  )

describe('a push', () => {
  test('stores the job and answers its id', async () => {
    const { client, stored } = queueOn()
    const id = await client.push('Job1', { order: 1, name: '李' })
    expect(id).toMatch(/^tq[0-9A-Za-z]{30}$/)
    expect(await stored('default')).toMatchObject([
      { id, body: '{"job":"Job1","data":{"order":1,"name":"\\u674e"}}' },
    ])
  })

  test('writes id and attempts into the payload where the store keeps them there', async () => {
    const { client, bodies } = queueOn({ wire: 'member' })
    const id = await client.push('Job1', [])
    expect(await bodies()).toEqual([`{"job":"Job1","data":[],"id":"${id}","attempts":1}`])
  })

  test('without data stores an empty text, as think-queue does', async () => {
    const { client, bodies } = queueOn()
    await client.push('Job1')
    expect(await bodies()).toEqual(['{"job":"Job1","data":""}'])
  })

  test('goes to the default queue when none is named: nothing, null, an empty text and 0', async () => {
    const { client } = queueOn()
    for (const queue of [undefined, null, '', '0', {}, { queue: '' }]) await client.push('Job1', 1, queue)
    expect(await client.size()).toMatchObject({ ready: 6 })
    expect([await client.size(null), await client.size(''), await client.size('0')]).toMatchObject([
      { ready: 6 },
      { ready: 6 },
      { ready: 6 },
    ])
  })

  test('goes to the queue of its job when none is named, and to the named one otherwise', async () => {
    const { client, bodies } = queueOn()
    for (const queue of [undefined, null, '', '0']) await client.push(Notice, { id: 1 }, queue)
    await client.push(Notice, { id: 2 }, 'other')
    await client.push(
      defineJob({ name: 'fn', queue: 'functions' }, () => {}),
      3,
    )
    expect(await bodies('notices')).toHaveLength(4)
    expect(await bodies('other')).toEqual(['{"job":"Notice","data":{"id":2}}'])
    expect(await bodies('functions')).toEqual(['{"job":"fn","data":3}'])
  })

  test('carries an id of the caller, in the payload and as the token of its job', async () => {
    const { client, bodies } = queueOn({ wire: 'member' })
    expect(await client.push('Job1', 1, { id: 'order-7' })).toBe('order-7')
    expect(await bodies()).toEqual(['{"job":"Job1","data":1,"id":"order-7","attempts":1}'])
  })

  test('refuses an id that is none, and any where the store gives ids of its own', async () => {
    const { client, bodies } = queueOn({ wire: 'member' })
    for (const id of ['', 'a"b', 'a\\b', 'ä', 'a\n', 'x'.repeat(201), 7 as unknown as string]) {
      expect((await rejection(client.push('Job1', 1, { id }))).message).toContain('a job id of')
    }
    expect(await bodies()).toEqual([])
    const row = await rejection(queueOn().client.push('Job1', 1, { id: 'order-7' }))
    expect(row).toMatchObject({ code: 'ID' })
    expect(row.message).toContain('leave id out, or use redis')
  })

  test('refuses queue names that cannot be', async () => {
    const { client } = queueOn()
    for (const queue of ['a,b', 'a\nb', 'a\0', 'x'.repeat(10_240), 'a:delayed', '\ud800'])
      expect(await rejection(client.push('Job1', 1, queue))).toBeInstanceOf(ConfigError)
    for (const queue of [`it's "quoted" $(x) %`, '队列', 'A B'])
      await expect(client.push('Job1', 1, queue)).resolves.toBeTypeOf('string')
  })

  test('reads the data before it returns', async () => {
    const { client, bodies } = queueOn()
    const data = { id: 1 }
    const pushed = client.push('Job1', data)
    const later = client.later(0, 'Job1', data)
    const bulk = client.bulk([{ job: 'Job1', data }])
    data.id = 2
    await Promise.all([pushed, later, bulk])
    expect(await bodies()).toEqual(Array(3).fill('{"job":"Job1","data":{"id":1}}'))
  })

  test('refuses data that cannot be stored, and says where', async () => {
    const { client } = queueOn()
    const circular: Record<string, unknown> = {}
    circular.list = [circular]
    for (const [data, path] of [
      [{ order: { items: [1, Number.NaN] } }, 'data.order.items[1]'],
      [circular, 'data.list[0]'],
      [{ id: 2n ** 63n }, 'data.id'],
      [{ a: new Map() }, 'data.a'],
      [new Set(), 'data'],
      [{ 'a key': () => {} }, 'data["a key"]'],
      ['\ud800', 'data'],
      ['x'.repeat(2_000), 'payload'],
    ] as const) {
      const error = await rejection(client.push('Job1', data))
      expect(error).toBeInstanceOf(PayloadError)
      expect(error).toMatchObject({ path, code: 'PAYLOAD' })
    }
    expect(await client.size()).toMatchObject({ ready: 0 })
  })

  test('counts bytes, not characters, of the payload', async () => {
    const { client } = queueOn({ maxPayload: 100 })
    await client.push('Job1', 'x'.repeat(100 - '{"job":"Job1","data":""}'.length))
    expect(
      await rejection(client.push('Job1', 'x'.repeat(101 - '{"job":"Job1","data":""}'.length))),
    ).toMatchObject({
      path: 'payload',
      message: expect.stringMatching(/101 bytes/),
    })
  })

  test('refuses a class whose name cannot be told', async () => {
    const { client } = queueOn()
    class Nameless {
      fire() {}
    }
    expect(await rejection(client.push(Nameless, 1))).toMatchObject({ code: 'JOB_NAME' })
  })

  test('rejects rather than throws', () => {
    const { client } = queueOn()
    const pushed = client.push('Job1', () => {})
    expect(pushed).toBeInstanceOf(Promise)
    return expect(pushed).rejects.toThrow('data: a function')
  })
})

describe('a delay', () => {
  test('is in seconds, of push or later alike', async () => {
    const { client, clock, reader } = queueOn()
    await client.later(1.5, 'Job1', 1)
    await client.push('Job1', 2, { delay: 1.5 })
    expect(await client.size()).toMatchObject({ ready: 0, delayed: 2 })
    await clock.advance(1_499)
    expect(await reader.size('default')).toMatchObject({ ready: 0 })
    await clock.advance(1)
    expect(await reader.size('default')).toMatchObject({ ready: 2 })
  })

  test('is rounded up to a millisecond, never down', async () => {
    const { client, clock } = queueOn()
    await client.later(0.0001, 'Job1')
    expect(await client.size()).toMatchObject({ ready: 0, delayed: 1 })
    await clock.advance(1)
    expect(await client.size()).toMatchObject({ ready: 1 })
  })

  test('is as many milliseconds as it says, whatever a computer makes of its fractions', async () => {
    const { client, clock, reader } = queueOn()
    await client.later(0.07, 'Job1')
    await clock.advance(69)
    expect(await reader.size('default')).toMatchObject({ ready: 0 })
    await clock.advance(1)
    expect(await reader.size('default')).toMatchObject({ ready: 1 })
  })

  test('of later wins over one in its options', async () => {
    const { client } = queueOn()
    await client.later(0, 'Job1', 1, { delay: 60, queue: 'a' })
    expect(await client.size('a')).toMatchObject({ ready: 1 })
  })

  test('is refused when it is none', async () => {
    const { client } = queueOn()
    for (const delay of [-1, Number.NaN, Infinity, 1e10, '5', null, new Date()] as number[]) {
      expect(await rejection(client.later(delay, 'Job1'))).toMatchObject({ code: 'DELAY' })
      expect(await rejection(client.bulk([{ job: 'Job1', delay }]))).toMatchObject({ code: 'DELAY' })
    }
  })
})

describe('a bulk', () => {
  test('answers the ids in order and stores the jobs in order', async () => {
    const { client, stored } = queueOn()
    const ids = await client.bulk([1, 2, 3].map((data) => ({ job: 'Job1', data })))
    const jobs = await stored('default')
    expect(jobs.map(({ id }) => id)).toEqual(ids)
    expect(jobs.map(({ body }) => JSON.parse(body).data)).toEqual([1, 2, 3])
    expect(new Set(ids).size).toBe(3)
  })

  test('takes queue and delay from its options, where an entry has none of its own', async () => {
    const { client } = queueOn()
    const jobs = [{ job: 'Job1' }, { job: 'Job1', queue: 'b', delay: 9 }, { job: Notice, data: { id: 1 } }]
    await client.bulk(jobs, { queue: 'a', delay: 0 })
    expect(await client.size('a')).toMatchObject({ ready: 2 })
    expect(await client.size('b')).toMatchObject({ delayed: 1 })
  })

  test('stores nothing when one of its jobs is refused', async () => {
    const { client } = queueOn()
    const bad = [
      { job: 'Job1', data: Number.NaN },
      { job: 'Job1', queue: 'a,b' },
      { job: 'Job1', delay: -1 },
      { job: '' },
      { job: 'Job1', data: 'x'.repeat(2_000) },
    ]
    for (const each of bad) {
      await rejection(client.bulk([{ job: 'Job1' }, each]))
      expect(await client.size()).toMatchObject({ ready: 0 })
    }
  })

  test('is one call of the store', async () => {
    const { client } = queueOn()
    const { connector } = await client.open()
    const calls: (readonly Envelope[])[] = []
    const push = connector.push.bind(connector)
    connector.push = (batch) => {
      calls.push(batch)
      return push(batch)
    }
    await client.bulk(Array.from({ length: 50 }, () => ({ job: 'Job1' })))
    expect(calls.map((batch) => batch.length)).toEqual([50])
  })

  test('of nothing does nothing', async () => {
    const { client, counts } = queueOn()
    expect(await client.bulk([])).toEqual([])
    expect(counts.opened).toBe(0)
  })
})

describe('a transaction', () => {
  test('that is elsewhere is refused, and nothing is stored', async () => {
    const { client } = queueOn()
    const tx = { execute: async () => {} }
    for (const work of [client.push('Job1', 1, { tx }), client.bulk([{ job: 'Job1' }], { tx })])
      expect(await rejection(work)).toMatchObject({
        code: 'TX_ELSEWHERE',
        message: expect.stringMatching(/not in the store of this memory connection.*after the commit/),
      })
    expect(await client.size()).toMatchObject({ ready: 0 })
  })

  test('of the same store carries the push', async () => {
    const { client } = queueOn()
    const { connector } = await client.open()
    const seen: unknown[] = []
    const tx = {}
    connector.pushIn = async (...args) => {
      seen.push(...args)
      return args[1].map(({ id }) => id)
    }
    const id = await client.push('Job1', 1, { tx })
    expect(seen).toEqual([tx, [expect.objectContaining({ id, job: 'Job1', queue: 'default' })]])
    expect(await client.size()).toMatchObject({ ready: 0 })
    connector.pushIn = async () => null
    expect(await rejection(client.push('Job1', 1, { tx }))).toMatchObject({ code: 'TX_ELSEWHERE' })
  })
})

describe('the connection of a queue', () => {
  test('is made at the first call, once', async () => {
    const { client, counts } = queueOn()
    expect(counts.opened).toBe(0)
    await Promise.all([client.push('Job1'), client.push('Job1'), client.size()])
    expect(counts.opened).toBe(1)
  })

  test('is let go of by close, and made anew by the next call', async () => {
    const { client, counts } = queueOn()
    await client.push('Job1')
    await client.close()
    await client.close()
    expect(counts).toEqual({ opened: 1, closed: 1 })
    await client.push('Job1')
    expect(counts).toEqual({ opened: 2, closed: 1 })
    expect(await client.size()).toMatchObject({ ready: 2 })
  })

  test('is tried again after it could not be made, and close does not mind', async () => {
    let tries = 0
    const client = new QueueClient(async () => {
      tries++
      throw new Error('no configuration')
    })
    await expect(client.push('Job1')).rejects.toThrow('no configuration')
    const second = expect(client.push('Job1')).rejects.toThrow('no configuration')
    await client.close()
    await second
    expect(tries).toBe(2)
  })
})
