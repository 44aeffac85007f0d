import { expect, test } from 'vitest'
import { Pusher } from '../../../src/connectors/redis/push.ts'
import { Registrar } from '../../../src/connectors/redis/registrar.ts'
import type { Envelope } from '../../../src/contract/connector.ts'
import type { QueueError } from '../../../src/contract/errors.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { clientOf } from '../wire-work.ts'
import { envelope, openRedis } from './redis-rig.ts'
import { trialAt } from './waiter-trial.ts'

async function opened(options: Readonly<Record<string, unknown>> = {}) {
  const server = await testRedis()
  const connector = await openRedis({ port: server.port, ...options })
  return { server, connector, client: clientOf(connector) }
}

/** How many scripts the server has run. */
async function scripts(server: RedisServer): Promise<number> {
  const info = String(await server.cli('INFO', 'commandstats'))
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0)
}

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error as QueueError,
  )

const bodies = (server: RedisServer, key: string) => server.cli('LRANGE', key, 0, -1) as Promise<string[]>
const withToken = (each: Envelope, token: string): Envelope => ({ ...each, token })

test('what is pushed in one tick travels in one command, and each push answers its own id', async () => {
  const { server, client } = await opened()
  await client.push('J', 'first')
  const before = await scripts(server)
  const ids = await Promise.all(Array.from({ length: 100 }, (_, n) => client.push('J', n)))
  expect((await scripts(server)) - before).toBe(1)
  const stored = (await bodies(server, 'queues:default')).map((body) => JSON.parse(body) as { id: string })
  expect(stored.slice(1).map(({ id }) => id)).toEqual(ids)
})

test('of those pushed together one that is refused does not harm the others', async () => {
  const { server, client } = await opened()
  const outcomes = await Promise.allSettled([
    client.push('J', 1),
    client.push('J', Number.NaN),
    client.push('J', 2, 'a,b'),
    client.push('J', 3),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(await bodies(server, 'queues:default')).toHaveLength(2)
})

test('undelayed and delayed jobs of several queues travel together and keep their order', async () => {
  const { server, connector } = await opened()
  const batch = [
    envelope(1, 'a'),
    envelope(2, 'b'),
    envelope(3, 'a', 60_000),
    envelope(4, 'a'),
    envelope(5, 'b'),
  ]
  await connector.push(batch)
  expect(await bodies(server, 'queues:a')).toEqual([batch[0]!.body, batch[3]!.body])
  expect(await bodies(server, 'queues:b')).toEqual([batch[1]!.body, batch[4]!.body])
  expect(await server.cli('ZRANGE', 'queues:a:delayed', 0, -1)).toEqual([batch[2]!.body])
})

test('ten thousand jobs are one command, in order', async () => {
  const { server, connector } = await opened()
  const batch = Array.from({ length: 10_000 }, (_, n) => envelope(n))
  await connector.push(batch)
  expect(await bodies(server, 'queues:default')).toEqual(batch.map(({ body }) => body))
})

test('a batch that meets a key of another kind stores nothing at all', async () => {
  const { server, connector } = await opened()
  await server.cli('SET', 'queues:b', 'not a list')
  const error = await rejection(connector.push([envelope(1, 'a'), envelope(2, 'b')]))
  expect(error.message).toContain('another program uses a key of this queue')
  expect(await server.cli('EXISTS', 'queues:a')).toBe(0)
})

test('of the keys of a push the one of another kind is named, and no other', async () => {
  const { server, connector } = await opened()
  await connector.push([envelope(1)])
  await server.cli('DEL', 'queues:default')
  await server.cli('SET', 'queues:default', 'not a list')
  const error = await rejection(connector.push([envelope(2)]))
  expect(error.message).toMatch(/remove it: queues:default is of type string, not list$/)
})

test('an id of the caller is stored once, delayed or not, whoever pushes it again', async () => {
  const { server, client, connector } = await opened()
  const other = clientOf(await openRedis({ port: server.port }))
  expect(await client.push('J', 1, { id: 'order-1' })).toBe('order-1')
  expect(await other.push('J', 2, { id: 'order-1' })).toBe('order-1')
  expect(await client.later(60, 'J', 3, { id: 'order-2' })).toBe('order-2')
  expect(await other.push('J', 4, { id: 'order-2' })).toBe('order-2')
  expect(await connector.size('default')).toMatchObject({ ready: 1, delayed: 1 })
})

test('an id is remembered for ten minutes, by queue', async () => {
  const { connector } = await opened()
  const now = Date.UTC(2027, 0, 1)
  const push = (queue: string, at: number) => connector.push([withToken(envelope(1, queue), 'order-1')], at)
  await push('a', now)
  await push('a', now + 599_000)
  await push('b', now)
  expect(await connector.size('a', now)).toMatchObject({ ready: 1 })
  expect(await connector.size('b', now)).toMatchObject({ ready: 1 })
  await push('a', now + 601_000)
  expect(await connector.size('a', now)).toMatchObject({ ready: 2 })
})

test('a push command is remembered by one bit, for ten minutes', async () => {
  const { server, client } = await opened()
  for (let n = 0; n < 20; n++) await client.push('J', n)
  const [key, ...others] = (await server.cli('KEYS', 'thinkq:pushes:*')) as string[]
  expect(others).toEqual([])
  expect(await server.cli('BITCOUNT', key!)).toBe(20)
  expect(await server.cli('STRLEN', key!)).toBe(3)
  expect(await server.cli('TTL', key!)).toBeGreaterThan(590)
})

test('a push that was refused was not done: the same command stores its job when what stood in the way is gone', async () => {
  const { server, connector } = await opened()
  const token = 'order-1'
  await server.cli('SET', 'queues:default', 'not a list')
  await rejection(connector.push([withToken(envelope(1), token)]))
  await rejection(connector.push([envelope(2)]))
  await server.cli('DEL', 'queues:default')
  await connector.push([withToken(envelope(3), token)])
  expect(await bodies(server, 'queues:default')).toHaveLength(1)
  const [key] = (await server.cli('KEYS', 'thinkq:pushes:*')) as string[]
  expect(await server.cli('BITCOUNT', key!)).toBe(1)
})

test('ids of callers are forgotten with their key when none comes any more', async () => {
  const { server, client } = await opened()
  await client.push('J', 1, { id: 'order-1' })
  expect(await server.cli('TTL', 'queues:default:tokens')).toBeGreaterThan(590)
})

test('what is no payload is refused: one member would stop the workers of PHP for ever', async () => {
  const { server, connector } = await opened()
  for (const body of ['', 'text', '[]', '{}', '{"job":"J","data":1}', '{"job":"J","data":1,"id":"x"}']) {
    const error = await rejection(connector.push([envelope(1), { ...envelope(2), body }]))
    expect(error).toMatchObject({ code: 'PAYLOAD' })
  }
  expect(await server.cli('DBSIZE')).toBe(0)
})

test('a delay counts from the call: what the way to the server takes is no part of it', async () => {
  const server = await testRedis()
  const { link, keys } = await trialAt(server.port)
  const answers: number[] = []
  const way = { ms: 400, took: (ms: number) => answers.push(ms) }
  const pusher = new Pusher(link, keys, new Registrar(link, keys), way)
  await pusher.push([envelope(1, 'mail', 1_000)])
  const [seconds, micros] = (await server.cli('TIME')) as [string, string]
  const [, due] = (await server.cli('ZRANGE', 'queues:mail:delayed', 0, 0, 'WITHSCORES')) as [string, string]
  expect(Number(due) - Number(seconds) - Number(micros) / 1e6).toBeLessThan(0.6)
  expect(answers).toEqual([expect.toSatisfy((ms: number) => ms > 0 && ms < 5_000)])
})
