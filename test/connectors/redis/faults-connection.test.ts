import { expect, test } from 'vitest'
import { PushOutcomeUnknown } from '../../../src/contract/errors.ts'
import { awaitReply } from '../../redis-reply.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { clientOf } from '../wire-work.ts'
import { counts, envelope, makeRedis, openRedis, RedisRig, timed } from './redis-rig.ts'

/** A worker behind a proxy, a producer that is not. */
async function behindProxy(options = {}, own = {}, run?: ConstructorParameters<typeof RedisRig>[1]) {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const rig = new RedisRig(await makeRedis({ url: proxy.url, ...options }), run, own)
  const producer = await openRedis({ url: server.url })
  return { server, proxy, rig, producer }
}

/** Resolves when somebody waits in a blocking call. */
async function blocked(server: RedisServer): Promise<void> {
  await awaitReply(server, ['INFO', 'clients'], /blocked_clients:[1-9]/)
}

test('fault 1: an idle worker whose connections became a black hole is back in time, and what was caught for it with it', async () => {
  const { server, proxy, rig, producer } = await behindProxy({}, { sleepMs: 1_000, expireMs: 60_000 })
  await blocked(server)
  const before = proxy.accepted
  proxy.blackHole(true)
  proxy.blackHole(false)
  const took = await timed(async () => {
    // The server still sees the connection that waits, and leases to it what comes first.
    await producer.push([envelope('caught by nobody')])
    await producer.push([envelope('next')])
    await rig.until(() => rig.ran.includes('next') && rig.ran.includes('caught by nobody'))
  })
  expect(took).toBeLessThan(10_000)
  expect(proxy.accepted).toBeGreaterThan(before)
  expect(rig.all('job:error')).toEqual([])
})

test('fault 1: a push into a black hole is told to be of unknown outcome in time; a later one is stored', async () => {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const connector = await openRedis({ url: proxy.url })
  await connector.push([envelope(0)])
  proxy.blackHole(true)
  const push = connector.push([envelope(1)])
  let error: unknown
  const took = await timed(async () => {
    error = await push.catch((reason: unknown) => reason)
  })
  expect(error).toBeInstanceOf(PushOutcomeUnknown)
  expect(took).toBeLessThan(10_000)
  proxy.blackHole(false)
  const again = await timed(() => (error as PushOutcomeUnknown).retry())
  expect(again, 'and the next within 2 s').toBeLessThan(2_000)
  expect(proxy.connections, 'the dead socket was destroyed').toBe(1)
  expect(await counts(connector)).toEqual([2, 0, 0, 0])
})

test('fault 2: a reset during the blocking wait: the next job starts within 2 s', async () => {
  const { server, proxy, rig, producer } = await behindProxy({}, { sleepMs: 30_000 })
  for (let round = 1; round <= 3; round++) {
    await blocked(server)
    proxy.cut()
    await awaitReply(server, ['INFO', 'clients'], 'blocked_clients:0')
    const took = await timed(async () => {
      await producer.push([envelope(round)])
      await rig.began(round)
    })
    expect(took).toBeLessThan(2_000)
    await rig.nth('job:processed', round)
  }
  expect(rig.all('job:error')).toEqual([])
})

test('fault 2: a wait at a server that stands still ends by its own watchdog', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.wait!(['default'], 50, new AbortController().signal)
  server.pause()
  const took = await timed(() =>
    connector.wait!(['default'], 500, new AbortController().signal).catch(() => undefined),
  )
  expect(took).toBeLessThan(500 + 1_000 + 500)
  server.resume()
})

test('a cut in the midst of work: every job runs, and what was settled is not run again', async () => {
  const { proxy, rig, producer } = await behindProxy({}, { concurrency: 5 })
  await producer.push(Array.from({ length: 500 }, (_, n) => envelope(n)))
  for (let cut = 1; cut <= 5; cut++) {
    await rig.began(cut * 80)
    proxy.cut()
  }
  await rig.until(() => new Set(rig.ran).size === 500)
  await rig.until(() => rig.all('job:processed').length === rig.ran.length)
  const size = async () => (await counts(producer)).slice(0, 3).join()
  while ((await size()) !== '0,0,0') await rig.next('worker:idle')
  expect(new Set(rig.ran).size).toBe(500)
  expect(rig.all('job:lost')).toEqual([])
})

test('while nobody listens the worker says so and keeps trying; then it goes on within 2 s or its pause', async () => {
  const { proxy, rig, producer } = await behindProxy({}, { sleepMs: 500 })
  await rig.next('worker:idle')
  await proxy.refuse(true)
  proxy.cut()
  await producer.push([envelope(1)])
  await rig.nth('store:down')
  await proxy.refuse(false)
  const took = await timed(() => rig.began(1))
  expect(took).toBeLessThan(2_000)
  expect((await rig.nth('store:up')).downMs).toBeGreaterThan(0)
  expect(rig.all('job:error')).toEqual([])
})

test('a slow network is no fault', async () => {
  const { proxy, rig, producer } = await behindProxy()
  await rig.next('worker:idle')
  proxy.delay(100)
  await producer.push([envelope(1), envelope(2)])
  await rig.nth('job:processed', 2)
  expect(rig.all('store:down')).toEqual([])
})

test('the producer comes back too: a push after a cut is stored, or of unknown outcome', async () => {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const client = clientOf(await makeRedis({ url: proxy.url }))
  await client.push('J', 0)
  for (let round = 1; round <= 5; round++) {
    proxy.cut()
    await client.push('J', round).catch(async (error: unknown) => {
      if (!(error instanceof PushOutcomeUnknown)) throw error
      await error.retry()
    })
  }
  expect((await client.size()).ready).toBe(6)
})
