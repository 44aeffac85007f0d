import { expect, test, vi } from 'vitest'
import type { PullConnector, Reservation } from '../../../src/contract/connector.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { counts, envelope, openRedis } from './redis-rig.ts'

const take = { limit: 10, expireMs: 60_000 }
const never = new AbortController().signal
const wake = 'thinkq:wake:0:default'

async function opened(options: Readonly<Record<string, unknown>> = {}) {
  const server = await testRedis()
  return { server, connector: await openRedis({ port: server.port, ...options }) }
}

/** Waits as a worker does, until Redis has a call blocked: the first wait ends when the news are subscribed to. */
async function blocked(
  server: RedisServer,
  connector: PullConnector,
  { own = take, timeoutMs = 60_000, signal = never } = {},
): Promise<{ readonly brought: Promise<readonly Reservation[]> }> {
  await connector.wait!(['default'], 1, never, own)
  await vi.waitUntil(async () => /,[1-9]/.test(String(await server.cli('PUBSUB', 'NUMSUB', wake))))
  await connector.wait!(['default'], 20, never, own)
  for (;;) {
    let isOver = false
    const brought = connector.wait!(['default'], timeoutMs, signal, own).finally(() => {
      isOver = true
    })
    while (!isOver) {
      if ((await blockedClients(server)) === 1 && !isOver) return { brought }
    }
    expect(await brought).toEqual([])
  }
}

/** What two reserves find: the first may take for granted what a call that has just ended did not find. */
async function reserved(connector: PullConnector): Promise<readonly Reservation[]> {
  const request = { queues: ['default'], ...take }
  return [...(await connector.reserve(request)), ...(await connector.reserve(request))]
}

async function blockedClients(server: RedisServer): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(String(await server.cli('INFO', 'clients')))?.[1])
}

test('a job that PHP pushes comes with the wait itself, leased', async () => {
  const { server, connector } = await opened()
  const { brought } = await blocked(server, connector)
  const { body } = envelope('from PHP')
  await server.cli('RPUSH', 'queues:default', body)
  expect(await brought).toMatchObject([{ body, attempts: 1, queue: 'default' }])
  expect(await counts(connector)).toEqual([0, 0, 1, 0])
})

test('a wait brings one job, whatever may be taken: the others come with what the worker asks next', async () => {
  const { server, connector } = await opened()
  const { brought } = await blocked(server, connector, { own: { limit: 2, expireMs: 60_000 } })
  await connector.push([1, 2, 3, 4, 5].map((n) => envelope(n)))
  expect(await brought).toHaveLength(1)
  expect(await counts(connector)).toEqual([4, 0, 1, 0])
})

test('a wait ends when a delayed job falls due, and not before: the reserve that follows brings it', async () => {
  const { server, connector } = await opened()
  const at = performance.now()
  await connector.push([envelope('later', 'default', 2_000)])
  expect(await connector.reserve({ queues: ['default'], ...take })).toEqual([])
  const { brought } = await blocked(server, connector)
  const all = [...(await brought), ...(await reserved(connector))]
  expect(all).toHaveLength(1)
  expect(performance.now() - at).toBeGreaterThan(1_990)
})

test('an aborted wait ends its call and leaves nothing reserved', async () => {
  const { server, connector } = await opened()
  const controller = new AbortController()
  const { brought } = await blocked(server, connector, { signal: controller.signal })
  controller.abort()
  expect(await brought).toEqual([])
  expect(await blockedClients(server)).toBe(0)
  await connector.push([envelope()])
  expect(await counts(connector)).toEqual([1, 0, 0, 0])
})

test('after a time-out the next wait goes on with the same call', async () => {
  const { server, connector } = await opened()
  expect(await connector.wait!(['default'], 300, never, take)).toEqual([])
  const calls = async () =>
    Number(/cmdstat_blmove:calls=(\d+)/.exec(String(await server.cli('INFO', 'commandstats')))?.[1] ?? 0)
  const before = await calls()
  const brought = connector.wait!(['default'], 60_000, never, take)
  await connector.push([envelope()])
  expect(await brought).toHaveLength(1)
  expect((await calls()) - before).toBeLessThanOrEqual(1)
})

test('a call that is left by a time-out and adopted by nobody is ended, and gives back what it caught', async () => {
  const { server, connector } = await opened()
  const { brought } = await blocked(server, connector, { timeoutMs: 200 })
  await brought
  await connector.push([envelope()])
  await vi.waitUntil(async () => (await blockedClients(server)) === 0, { timeout: 5_000, interval: 5 })
  const all = [
    ...(await connector.wait!(['default'], 10, never, take)),
    ...(await connector.reserve({ queues: ['default'], ...take })),
    ...(await connector.reserve({ queues: ['default'], ...take })),
  ]
  expect(all).toHaveLength(1)
  expect(all[0]).toMatchObject({ attempts: 1 })
})

test('a wait that may take less than the call under way takes no more than that', async () => {
  const { server, connector } = await opened()
  expect(await connector.wait!(['default'], 300, never, take)).toEqual([])
  const { brought } = await blocked(server, connector, { own: { limit: 1, expireMs: 60_000 } })
  await connector.push([envelope(1), envelope(2)])
  expect(await brought).toHaveLength(1)
})

test('the connection that waits may be killed: the worker goes on', async () => {
  const { server, connector } = await opened()
  const { brought } = await blocked(server, connector)
  const list = String(await server.cli('CLIENT', 'LIST'))
  const [, id] = /id=(\d+) .*name=thinkq:wait/.exec(list)!
  await server.cli('CLIENT', 'KILL', 'ID', id!)
  await connector.push([envelope()])
  const all = [...(await brought), ...(await reserved(connector))]
  expect(all).toHaveLength(1)
})

test('a user who may not unblock clients waits without, and is awake at once all the same', async () => {
  const { server, connector: admin } = await opened()
  await server.cli('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all', '-client|unblock')
  const connector = await openRedis({ port: server.port, username: 'app', password: 'secret' })
  await connector.wait!(['default'], 100, never, take)
  const { brought } = await blocked(server, connector)
  await admin.push([envelope()])
  await brought
  expect(await connector.reserve({ queues: ['default'], ...take })).toHaveLength(1)
})

test('a paused queue with jobs in it does not make the wait spin', async () => {
  const { server, connector } = await opened()
  await connector.push([envelope()])
  await connector.applyPauses!(['default'])
  const at = performance.now()
  expect(await connector.reserve({ queues: ['default'], ...take })).toEqual([])
  const before = Number(/total_commands_processed:(\d+)/.exec(String(await server.cli('INFO', 'stats')))![1])
  expect(await connector.wait!(['default'], 300, never, take)).toEqual([])
  expect(performance.now() - at).toBeGreaterThan(290)
  const after = Number(/total_commands_processed:(\d+)/.exec(String(await server.cli('INFO', 'stats')))![1])
  expect(after - before).toBeLessThan(15)
})

test('connections that were closed leave no call behind', async () => {
  const { server, connector } = await opened()
  const { brought } = await blocked(server, connector)
  await connector.close()
  expect(await brought.catch(() => [])).toEqual([])
  await vi.waitUntil(async () => (await blockedClients(server)) === 0, { timeout: 5_000, interval: 5 })
})
