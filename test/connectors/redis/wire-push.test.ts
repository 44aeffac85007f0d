import { describe, expect, it } from 'vitest'
import { ConfigError, PayloadError, QueueError } from '../../../src/contract/errors.ts'
import type { QueueClient } from '../../../src/queue.ts'
import { nested, type Push, phpFixture, textOf } from '../../payload/fixtures.ts'
import { dataByCase, phpOnly, redisAlters } from '../../payload/pushes.ts'
import { clientOf, work } from '../wire-work.ts'
import { type Kept, PhpSide } from './wire-store.ts'

interface RedisPush extends Push {
  readonly call: Push['call'] & {
    readonly method: 'push' | 'later'
    readonly delay_php: string | null
    readonly queue_php: string
  }
  readonly time_before: number
  readonly time_after: number
  readonly redis: readonly {
    readonly key: string
    readonly type: 'list' | 'zset'
    readonly members: readonly (Kept & { readonly score?: number })[]
  }[]
}

const pushes = phpFixture<{ cases: RedisPush[] }>('push_redis').cases
const onMysql = phpFixture<{ cases: Push[] }>('push_mysql').cases
const stored = pushes.filter(({ redis }) => redis?.length === 1)
const php = new PhpSide()

/** The one thing each push stored. */
function only({ redis }: RedisPush) {
  const [{ key, type, members }] = redis as [RedisPush['redis'][number]]
  return { key, type, member: textOf(members[0]!), score: members[0]!.score }
}

/** What PHP stored, had its Redis connector not decoded and encoded it once more: as it is in MySQL, with the id. */
function unaltered(push: RedisPush, id: string): string {
  const row = textOf(onMysql.find(({ name }) => name === push.name)!.rows![0]!.payload)
  return `${row.slice(0, -1)},"id":"${id}","attempts":1}`
}

/** A PHP string literal, or for an object the job under which PHP pushes it. */
function jobOf({ call }: Push): string {
  const literal = /^'(.*)'$/.exec(call.job_php)?.[1]
  return literal === undefined ? 'think\\queue\\CallQueuedHandler@call' : literal.replaceAll('\\\\', '\\')
}

function queueOf({ call }: RedisPush): string | null {
  return call.queue_php === 'null' ? null : call.queue_php.slice(1, -1)
}

function push(client: QueueClient, said: RedisPush, data = dataByCase[said.name]): Promise<string> {
  const { method, delay_php } = said.call
  if (method === 'push') return client.push(jobOf(said), data, queueOf(said))
  return client.later(Number(delay_php!.replaceAll("'", '')), jobOf(said), data, queueOf(said))
}

/** Pushes that are refused here, and by what. */
const refused: Readonly<Record<string, readonly [new (...args: never[]) => Error, RegExp]>> = {
  queue_with_comma: [ConfigError, /a comma separates queues/],
  queue_with_colon: [ConfigError, /cannot end in ":reserved"/],
  later_negative: [QueueError, /a delay of -5/],
}

describe('what is pushed here is what PHP pushes', () => {
  const sayable = stored.filter(({ name }) => name in dataByCase && !(name in refused))

  it.each(sayable)('$name: its key, its kind, its bytes, its score', async (said) => {
    const { key, type, member, score } = only(said)
    const connector = await php.connector()
    const before = await php.now()
    const id = await push(clientOf(connector), said)
    const after = await php.now()
    expect(id).toMatch(/^[0-9A-Za-z]{32}$/)
    const state = await php.state()
    const [[ourKey, [kept]]] = Object.entries(state) as [[string, [Kept]]]
    const phpId = /"id":"([0-9A-Za-z]{32})","attempts":1}$/.exec(member)![1]!
    const expected = said.name in redisAlters ? unaltered(said, id) : member.replace(phpId, id)
    expect(textOf(kept)).toBe(expected)
    expect(Object.values(state)).toEqual([[kept]])
    // PHP delays by 0 seconds through the sorted set; here it is due at once, in the list.
    expect(ourKey).toBe(said.name === 'later_0' ? 'queues:default' : key)
    expect(await php.send('TYPE', ourKey)).toBe(said.name === 'later_0' ? 'list' : type)
    if (kept.score === undefined) return
    const delay = score! - said.time_before
    expect(kept.score).toBeGreaterThanOrEqual(before + delay - 0.000_001)
    expect(kept.score).toBeLessThanOrEqual(after + delay + 0.000_001)
  })

  it.each(stored.filter(({ name }) => name in refused))('$name is refused', async (said) => {
    const [kind, message] = refused[said.name]!
    const connector = await php.connector()
    const pushed = push(clientOf(connector), said)
    await expect(pushed).rejects.toThrow(message)
    await expect(pushed).rejects.toBeInstanceOf(kind)
    expect(await php.state()).toEqual({})
  })

  it('what PHP refuses, or stores though its own worker cannot read it, is refused', async () => {
    const client = clientOf(await php.connector())
    const circular: unknown[] = []
    circular.push(circular)
    for (const data of [NaN, Infinity, '\ud800', nested(511), () => 1, { a: [1, NaN] }, circular, 2n ** 64n])
      await expect(client.push('Job1', data)).rejects.toBeInstanceOf(PayloadError)
    await expect(client.push('Job1\ud800')).rejects.toBeInstanceOf(QueueError)
    await expect(client.later(new Date() as never, 'Job1')).rejects.toThrow(/a delay of/)
    expect(await php.state()).toEqual({})
  })

  it('every one of the 57 pushes is in one of these lists', () => {
    const listed = [...sayable.map(({ name }) => name), ...Object.keys(refused), ...Object.keys(phpOnly)]
    expect(listed.sort()).toEqual(pushes.map(({ name }) => name).sort())
  })
})

describe('what PHP pushed is run here and leaves nothing behind', () => {
  const unreadable = ['err_depth']
  const unreachable = ['queue_with_comma', 'queue_with_colon']
  const digestible = stored.filter(({ name }) => !unreadable.includes(name) && !unreachable.includes(name))

  it.each(digestible)('$name', async (said) => {
    const { key, type, member, score } = only(said)
    if (type === 'list') await php.send('RPUSH', key, member)
    else await php.send('ZADD', key, score! - said.time_before + (await php.now()), member)
    const queue = key.replace(/^queues:/, '').replace(/:delayed$/, '')
    const connector = await php.connector()
    const early = await work(connector, { queues: [queue] })
    const isEarly = type === 'zset' && score! > said.time_before
    expect(early.runs).toHaveLength(isEarly ? 0 : 1)
    await php.pass(40_000_000)
    const { runs } = isEarly ? await work(connector, { queues: [queue] }) : early
    expect(runs).toMatchObject([{ queue, attempts: 1 }])
    expect(runs.map(({ data }) => data)).toEqual([dataOf(said, member)])
    expect(await php.state()).toEqual({})
    expect(await connector.failed.all()).toEqual([])
  })

  it('and wakes a worker that waits, also the one that PHP delayed by nothing', async () => {
    const connector = await php.connector()
    const { runs, heard } = await work(connector, {
      stopWhenEmpty: false,
      maxJobs: 2,
      sleepMs: 2_000,
      hear: ({ name }) => {
        if (name !== 'worker:idle') return
        void php.send('RPUSH', 'queues:default', only(stored[1]!).member)
        void php.send('ZADD', 'queues:default:delayed', 1, only(stored[2]!).member)
      },
    })
    expect(runs).toHaveLength(2)
    expect(heard.at(-1)).toEqual({ name: 'worker:stop', event: { reason: 'max-jobs' } })
  })

  it('err_depth: what PHP stores of too deep data is buried with its bytes, and the next job runs', async () => {
    const { key, member } = only(stored.find(({ name }) => name === 'err_depth')!)
    expect(Object.keys(JSON.parse(member) as object)).toEqual(['id', 'attempts'])
    await php.send('RPUSH', key, member)
    await php.send('RPUSH', key, only(stored[0]!).member)
    const connector = await php.connector()
    const { runs, errors } = await work(connector)
    expect(runs).toHaveLength(1)
    expect(errors).toEqual([expect.stringMatching(/no "job".*nested too deep/)])
    expect(await connector.failed.all()).toMatchObject([{ body: member, queue: 'default' }])
    expect(await php.state()).toEqual({})
  })
})

/** The handler's data: what the case says in JavaScript, else what is plain in the bytes. */
function dataOf({ name }: Push, member: string): unknown {
  if (name === 'ints_big') return dataByCase[name]
  const { job, data } = JSON.parse(member) as { job: string; data: object }
  // PHP writes this float as it writes an integer, so that nobody can tell.
  if (name === 'floats') return { ...data, e16: 10n ** 16n }
  return job.endsWith('CallQueuedHandler@call') ? objectsOf(data as { commandName: string }) : data
}

function objectsOf({ commandName }: { readonly commandName: string }): unknown {
  if (commandName === 'ArrayObject') return { 0: 0, 1: [1, 2], 2: [], 3: null }
  return expect.objectContaining({ to: 'x@y.z', subject: '你好', secret: 's/1', throw: false })
}
