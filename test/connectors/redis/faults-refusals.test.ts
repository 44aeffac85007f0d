import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { StoreError } from '../../../src/contract/errors.ts'
import { awaitReply } from '../../redis-reply.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { counts, envelope, makeRedis, openRedis, RedisRig, timed } from './redis-rig.ts'

async function caught(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function reserve(connector: Awaited<ReturnType<typeof openRedis>>, limit = 100) {
  return connector.reserve({ queues: ['default'], limit, expireMs: 60_000 })
}

/** So that a call tells at once what it would otherwise wait for. */
const impatient = { breakReconnect: false }

/** Keeps a server busy with a script until the answer is called. */
async function busy(server: RedisServer): Promise<() => Promise<unknown>> {
  await server.cli('CONFIG', 'SET', 'lua-time-limit', 50)
  const client = new Redis(server.url, { retryStrategy: () => null })
  onTestFinished(() => client.disconnect())
  await client.ping()
  const loop = caught(client.eval('while true do end', 0))
  await awaitReply(server, ['GET', 'x'], 'BUSY')
  return async () => {
    await server.cli('SCRIPT', 'KILL')
    await loop
  }
}

test('fault 5: a server that forgot its scripts is given them again, also by many commands at once', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.push([envelope(0)])
  for (let round = 0; round < 5; round++) {
    const held = await reserve(connector, 1)
    await server.cli('SCRIPT', 'FLUSH')
    await Promise.all([
      connector.push([envelope(1)], 1_800_000_000_000),
      connector.push([envelope(2)], 1_800_000_000_000),
      connector.push([envelope(3)]),
      connector.touch(held, 60_000),
      connector.size('default'),
      connector.cache.set('key', 'value'),
      connector.cache.add('key', 'value'),
      connector.settle(held.map((reservation) => ({ kind: 'delete', reservation }))),
    ])
  }
  expect((await counts(connector))[0]).toBe(1 + 5 * 3 - 5)
})

test('fault 5: a worker does not notice that the scripts are gone', async () => {
  const server = await testRedis()
  const rig = new RedisRig(await makeRedis({ url: server.url }), undefined, { concurrency: 4 })
  const producer = await openRedis({ url: server.url })
  await producer.push(Array.from({ length: 300 }, (_, n) => envelope(n)))
  for (let flush = 1; flush <= 5; flush++) {
    await rig.began(flush * 50)
    await server.cli('SCRIPT', 'FLUSH')
  }
  await rig.nth('job:processed', 300)
  expect([rig.ran.length, rig.all('store:down'), rig.all('job:lost')]).toEqual([300, [], []])
})

test('fault 6: a master that became a replica is left for the new one, and no job fails for it', async () => {
  const [old, fresh] = [await testRedis(), await testRedis()]
  await fresh.cli('REPLICAOF', old.host, old.port)
  await awaitReply(fresh, ['INFO', 'replication'], 'master_link_status:up')
  const proxy = await testProxy(old.port)
  const connector = await openRedis({ url: proxy.url, ...impatient })
  const rig = new RedisRig(connector, undefined, { sleepMs: 500 })
  await rig.next('worker:idle')
  await fresh.cli('REPLICAOF', 'NO', 'ONE')
  await old.cli('REPLICAOF', fresh.host, fresh.port)
  await awaitReply(old, ['INFO', 'replication'], 'master_link_status:up')
  await rig.until(() => rig.all('store:down').some(({ error }) => String(error).includes('READONLY')))
  const error = await caught(connector.push([envelope('refused')]))
  expect([error instanceof StoreError, connector.isTransient(error)]).toEqual([true, true])
  // The name now leads to the new master: connections made before still lead to the old one.
  proxy.target = fresh.port
  await fresh.cli('RPUSH', 'queues:default', envelope(1).body)
  expect(await timed(() => rig.began(1))).toBeLessThan(6_000)
  await rig.next('worker:idle')
  expect(await connector.push([envelope(2)])).toHaveLength(1)
  await rig.began(2)
  expect([rig.all('job:error'), rig.all('job:failed')]).toEqual([[], []])
})

test('fault 6: the same server, a replica for a while: work goes on when it is the master again', async () => {
  const [server, other] = [await testRedis(), await testRedis()]
  const rig = new RedisRig(await makeRedis({ url: server.url, ...impatient }), undefined, { sleepMs: 500 })
  await rig.next('worker:idle')
  await server.cli('REPLICAOF', other.host, other.port)
  await rig.until(() => rig.all('store:down').some(({ error }) => String(error).includes('READONLY')))
  await server.cli('REPLICAOF', 'NO', 'ONE')
  await server.cli('RPUSH', 'queues:default', envelope(1).body)
  expect(await timed(() => rig.began(1))).toBeLessThan(6_000)
})

test('fault 7: a blocked connection that is unblocked, with an error or without, or killed, goes on waiting', async () => {
  const server = await testRedis()
  const rig = new RedisRig(await makeRedis({ url: server.url }), undefined, { sleepMs: 30_000 })
  let round = 0
  for (const order of [['UNBLOCK', 'ERROR'], ['UNBLOCK', 'TIMEOUT'], ['KILL']] as const) {
    await awaitReply(server, ['INFO', 'clients'], /blocked_clients:[1-9]/)
    const clients = String(await server.cli('CLIENT', 'LIST')).split('\n')
    const id = /^id=(\d+)/.exec(clients.find((line) => / flags=\w*b/.test(line))!)![1]!
    await (order[0] === 'KILL'
      ? server.cli('CLIENT', 'KILL', 'ID', id)
      : server.cli('CLIENT', 'UNBLOCK', id, order[1]))
    await server.cli('RPUSH', 'queues:default', envelope(++round).body)
    expect(await timed(() => rig.began(round))).toBeLessThan(2_000)
    await rig.nth('job:processed', round)
  }
  expect(rig.all('job:error')).toEqual([])
})

test('fault 7: a server busy with somebody’s script: calls are refused as passing, and the worker goes on after', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  const rig = new RedisRig(await makeRedis({ url: server.url }), undefined, { sleepMs: 300 })
  await rig.next('worker:idle')
  const free = await busy(server)
  const error = await caught(connector.push([envelope(0)]))
  expect([String(error).includes('BUSY'), connector.isTransient(error)]).toEqual([true, true])
  await rig.until(() => rig.all('store:down').some((down) => String(down.error).includes('BUSY')))
  await free()
  await connector.push([envelope(1)])
  expect(await timed(() => rig.began(1))).toBeLessThan(5_500)
  expect(rig.all('job:error')).toEqual([])
})

test('fault 7: one call moves no more than 100 members', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  const now = 1_800_000_000_000
  await connector.push(
    Array.from({ length: 350 }, (_, n) => envelope(n, 'default', 1)),
    now,
  )
  for (const left of [250, 150]) {
    await connector.reserve({ queues: ['default'], limit: 1, expireMs: 60_000, now: now + 10_000 })
    expect(await server.cli('ZCARD', 'queues:default:delayed')).toBe(left)
  }
})

test('fault 8: a server out of memory refuses pushes, typed and at once, and jobs are run, settled and buried', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.push(Array.from({ length: 40 }, (_, n) => envelope(n)))
  const held = await reserve(connector, 4)
  await server.cli('CONFIG', 'SET', 'maxmemory', 1)
  for (const job of [envelope('one'), envelope('later', 'default', 60_000)]) {
    let error: unknown
    const took = await timed(async () => {
      error = await caught(connector.push([job]))
    })
    expect(error).toBeInstanceOf(StoreError)
    expect(String(error)).toMatch(/memory/)
    expect((error as StoreError).code).toBe('OOM')
    expect(took).toBeLessThan(500)
  }
  const [one, two, three, four] = held.map((reservation) => ({ reservation }))
  expect(await connector.touch(held, 60_000)).toEqual([])
  expect(
    await connector.settle([
      { kind: 'delete', ...one! },
      { kind: 'release', ...two!, delayMs: 0, spend: true },
      { kind: 'release', ...three!, delayMs: 60_000, spend: false },
      { kind: 'bury', ...four!, reason: 'it failed' },
    ]),
  ).toEqual([])
  expect(await counts(connector)).toEqual([37, 1, 0, 1])
  const rig = new RedisRig(await makeRedis({ url: server.url }), (data) => {
    if (data === 20) throw new Error('it failed')
  })
  await rig.nth('job:processed', 36 + 1 - 1)
  await rig.nth('job:failed')
  await server.cli('CONFIG', 'SET', 'maxmemory', 0)
  expect(await connector.push([envelope('room again')])).toHaveLength(1)
  await rig.until(() => rig.ran.includes('room again'))
  expect([rig.all('job:lost'), rig.all('store:down')]).toEqual([[], []])
})

test('fault 9: a server that may evict jobs is warned of at the start, another is not', async () => {
  for (const [policy, warns] of [
    ['allkeys-lru', true],
    ['volatile-ttl', true],
    ['noeviction', false],
  ] as const) {
    const server = await testRedis({ config: ['maxmemory 100mb', `maxmemory-policy ${policy}`] })
    const rig = new RedisRig(await makeRedis({ url: server.url }))
    if (warns) expect((await rig.nth('store:warning')).message).toContain(policy)
    await rig.nth('worker:idle')
    expect(rig.all('store:warning')).toHaveLength(warns ? 1 : 0)
  }
})
