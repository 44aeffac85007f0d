import { expect, test } from 'vitest'
import type { PullConnector } from '../../../src/contract/connector.ts'
import { PushOutcomeUnknown, StoreError } from '../../../src/contract/errors.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { type TcpProxy, testProxy } from '../../tcp-proxy.ts'
import { counts, envelope, openRedis } from './redis-rig.ts'

const size = 300

function jobs(from = 0, queue = 'default') {
  return Array.from({ length: size }, (_, n) => envelope(from + n, queue))
}

async function calls(server: RedisServer, command: string): Promise<number> {
  const info = String(await server.cli('INFO', 'commandstats'))
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0)
}

/** A connector that has found out that it may send transactions, and watches its fence. */
async function watching(options: Readonly<Record<string, unknown>>, server: RedisServer) {
  const connector = await openRedis(options)
  // The first tells the bitmap how long to live, the second has the connection watch.
  for (let round = 0; round < 2; round++) await connector.push(jobs(-1_000))
  await connector.size('default')
  const before = await calls(server, 'exec')
  await connector.push(jobs(-1_000))
  expect((await calls(server, 'exec')) - before, 'it sends transactions').toBe(1)
  await server.cli('FLUSHALL')
  return connector
}

async function proxied(): Promise<{ server: RedisServer; proxy: TcpProxy; connector: PullConnector }> {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  return { server, proxy, connector: await watching({ url: proxy.url }, server) }
}

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error,
  )

test('many plain jobs travel in one transaction, in order, whatever is pushed besides', async () => {
  const server = await testRedis()
  const connector = await watching({ url: server.url }, server)
  const before = await calls(server, 'evalsha')
  const batches = [jobs(0), jobs(1_000), jobs(2_000)]
  for (const batch of batches) await connector.push(batch)
  expect(await calls(server, 'evalsha')).toBe(before)
  await connector.push([envelope('ä', 'default'), ...jobs(3_000)])
  const bodies = (await server.cli('LRANGE', 'queues:default', 0, -1)) as string[]
  expect(bodies.slice(0, 3 * size)).toEqual(batches.flat().map(({ body }) => body))
  expect(bodies).toHaveLength(4 * size + 1)
})

test('a bulk whose answer is lost is of unknown outcome, and retry() stores it once', async () => {
  const { proxy, connector } = await proxied()
  const dropped = proxy.dropReplies('MULTI')
  const pushed = rejection(connector.push(jobs()))
  await dropped
  proxy.cut()
  const error = await pushed
  expect(error).toBeInstanceOf(PushOutcomeUnknown)
  for (let round = 0; round < 2; round++)
    expect(await (error as PushOutcomeUnknown).retry()).toHaveLength(size)
  expect(await counts(connector)).toEqual([size, 0, 0, 0])
})

test('a bulk that never arrived is stored by retry(), and what follows goes on as before', async () => {
  const { server, proxy, connector } = await proxied()
  const lost = proxy.loseRequest('MULTI')
  const error = await rejection(connector.push(jobs()))
  await lost
  expect(await (error as PushOutcomeUnknown).retry()).toHaveLength(size)
  for (let round = 1; round <= 3; round++) await connector.push(jobs(round * 1_000))
  expect(await counts(connector)).toEqual([4 * size, 0, 0, 0])
  expect(await calls(server, 'exec')).toBeGreaterThan(1)
})

test('the bytes of a bulk that arrive after its repeat are not carried out', async () => {
  const { server, proxy, connector } = await proxied()
  const held = proxy.holdRequest('MULTI', 'EXEC')
  const pushed = rejection(connector.push(jobs()))
  const release = await held
  await ((await pushed) as PushOutcomeUnknown).retry()
  expect(await counts(connector)).toEqual([size, 0, 0, 0])
  const before = await calls(server, 'exec')
  release()
  while ((await calls(server, 'exec')) === before);
  expect(await counts(connector)).toEqual([size, 0, 0, 0])
})

test('bytes that arrive before the repeat are carried out, and the repeat does nothing', async () => {
  const { server, proxy, connector } = await proxied()
  const held = proxy.holdRequest('MULTI', 'EXEC')
  const pushed = rejection(connector.push(jobs()))
  const release = await held
  const error = await pushed
  release()
  while ((await server.cli('LLEN', 'queues:default')) !== size);
  expect(await (error as PushOutcomeUnknown).retry()).toHaveLength(size)
  expect(await counts(connector)).toEqual([size, 0, 0, 0])
})

test('a repeat that cannot begin leaves the outcome open', async () => {
  const { server, proxy, connector } = await proxied()
  const lost = proxy.loseRequest('MULTI')
  const error = (await rejection(connector.push(jobs()))) as PushOutcomeUnknown
  await lost
  await server.cli('CONFIG', 'SET', 'maxmemory', 1)
  const second = (await rejection(error.retry())) as PushOutcomeUnknown
  expect(second).toBeInstanceOf(PushOutcomeUnknown)
  await server.cli('CONFIG', 'SET', 'maxmemory', 0)
  expect(await second.retry()).toHaveLength(size)
  expect(await counts(connector)).toEqual([size, 0, 0, 0])
})

test('a bulk for a key of another type is refused, says which, and stores nothing', async () => {
  const server = await testRedis()
  const connector = await watching({ url: server.url }, server)
  await server.cli('SET', 'queues:default', 'not a list')
  const error = await rejection(connector.push(jobs()))
  expect((error as StoreError).message).toContain('queues:default is of type string, not list')
  await server.cli('DEL', 'queues:default')
  await connector.push(jobs())
  expect(await counts(connector)).toEqual([size, 0, 0, 0])
})

test('a server whose memory is full refuses a bulk at once, and stores nothing of it', async () => {
  const server = await testRedis()
  const connector = await watching({ url: server.url }, server)
  await server.cli('CONFIG', 'SET', 'maxmemory', 1)
  const error = await rejection(connector.push(jobs()))
  expect(error).toBeInstanceOf(StoreError)
  expect((error as StoreError).code).toBe('OOM')
  await server.cli('CONFIG', 'SET', 'maxmemory', 0)
  expect(await counts(connector)).toEqual([0, 0, 0, 0])
})

test('a user who may send no transaction pushes many jobs all the same', async () => {
  const server = await testRedis()
  await server.cli('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all', '-multi')
  const connector = await openRedis({ port: server.port, username: 'app', password: 'secret' })
  for (let round = 0; round < 4; round++) await connector.push(jobs(round * 1_000))
  expect(await counts(connector)).toEqual([4 * size, 0, 0, 0])
  expect(await calls(server, 'exec')).toBeLessThanOrEqual(1)
})
