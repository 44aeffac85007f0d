import { expect, test } from 'vitest'
import { PushOutcomeUnknown } from '../../../src/contract/errors.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { deferred } from '../../worker/rig.ts'
import { clientOf } from '../wire-work.ts'
import { counts, envelope, makeRedis, openRedis, RedisRig, timed } from './redis-rig.ts'

const kept = { aof: true } as const

/** Pushes until it is told to stop; the numbers whose push was acknowledged. */
async function producing(server: RedisServer, until: () => boolean): Promise<readonly number[]> {
  const client = clientOf(await makeRedis({ url: server.url }))
  const acked: number[] = []
  for (let n = 0; !until(); n++) {
    try {
      await client.push('J', n)
    } catch (error) {
      if (!(error instanceof PushOutcomeUnknown)) continue
      await error.retry().catch(() => undefined)
      continue
    }
    acked.push(n)
  }
  return acked
}

test('fault 3: three kill -9 of a server with an append-only file lose no acknowledged job', {
  timeout: 60_000,
}, async () => {
  const server = await testRedis(kept)
  const rig = new RedisRig(await makeRedis({ url: server.url }), undefined, {
    concurrency: 5,
    expireMs: 3_000,
    sleepMs: 500,
  })
  let isOver = false
  const pushed = producing(server, () => isOver)
  for (let kill = 1; kill <= 3; kill++) {
    await rig.began(rig.ran.length + 50)
    await server.restart()
    await rig.began(rig.ran.length + 1)
  }
  isOver = true
  const acked = await pushed
  await rig.until(() => acked.every((n) => rig.ran.includes(n)))
  expect(acked.length).toBeGreaterThan(100)
  expect(rig.all('job:error')).toEqual([])
  while ((await counts(rig.connector)).some((count) => count > 0)) await rig.next('worker:idle')
})

test('fault 3: after a restart with data the first job runs within 2 s of ready', async () => {
  const server = await testRedis(kept)
  const rig = new RedisRig(await makeRedis({ url: server.url }))
  await rig.next('worker:idle')
  for (let round = 1; round <= 3; round++) {
    await server.restart()
    await server.cli('RPUSH', 'queues:default', envelope(round).body)
    expect(await timed(() => rig.began(round))).toBeLessThan(2_000)
    await rig.next('worker:idle')
  }
  expect(rig.all('store:warning').filter(({ message }) => message.includes('empty'))).toEqual([])
})

test('fault 3: delayed, reserved and failed jobs, and values of the cache, are there after a restart', async () => {
  const server = await testRedis(kept)
  const connector = await openRedis({ url: server.url })
  await connector.push([envelope(1), envelope(2), envelope(3), envelope(4, 'default', 60_000)])
  const [one, two] = await connector.reserve({ queues: ['default'], limit: 2, expireMs: 60_000 })
  await connector.settle([{ kind: 'bury', reservation: one!, reason: 'it failed' }])
  await connector.cache.set('key', 'value')
  await server.restart()
  const back = await openRedis({ url: server.url })
  expect(await counts(back)).toEqual([1, 1, 1, 1])
  expect(await back.cache.get('key')).toBe('value')
  expect(await back.settle([{ kind: 'delete', reservation: two! }]), 'still ours').toEqual([])
})

test('fault 4: a server that came back empty: said aloud, what was running is lost, work goes on', async () => {
  const server = await testRedis()
  const gates = [deferred(), deferred()]
  const run = (data: unknown) => gates[data as number]!.promise
  const rig = new RedisRig(await makeRedis({ url: server.url }), run, { sleepMs: 500 })
  await rig.connector.push([envelope(0)])
  await rig.began(1)
  await server.restart()
  await rig.nth('store:warning')
  gates[0]!.resolve()
  expect((await rig.nth('job:lost')).name).toBe('J')
  const { message } = await rig.nth('store:warning')
  expect(message).toMatch(/another one than before.*database is empty/)
  gates[1]!.resolve()
  const producer = await openRedis({ url: server.url })
  await producer.push([envelope(1)])
  await rig.began(2)
  await rig.next('worker:idle')
  expect(await counts(producer)).toEqual([0, 0, 0, 0])
  expect(rig.all('store:warning')).toHaveLength(1)
  expect(rig.all('job:error')).toEqual([])
})

test('fault 4: after an empty restart the failed jobs of a queue are listed again', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.push([envelope(1)])
  await server.restart()
  await connector.push([envelope(2)]).catch(() => connector.push([envelope(2)]))
  const [reservation] = await connector.reserve({ queues: ['default'], limit: 1, expireMs: 60_000 })
  await connector.settle([{ kind: 'bury', reservation: reservation!, reason: 'it failed' }])
  expect(await connector.failed.all()).toHaveLength(1)
})

test('fault 7: a worker waits while the server is loading, and runs its jobs when it has', async () => {
  const server = await testRedis(kept)
  const rig = new RedisRig(await makeRedis({ url: server.url, breakReconnect: false }), undefined, {
    sleepMs: 200,
  })
  await rig.next('worker:idle')
  await server.kill()
  const filler = Array.from(
    { length: 1_024 * 4 },
    (_, n) => `*3\r\n$3\r\nSET\r\n$5\r\n${10_000 + n}\r\n$1\r\nx\r\n`,
  )
  server.appendToFile(filler.join(''))
  await server.spawn(['key-load-delay 300'])
  await rig.until(() => rig.all('store:down').some(({ error }) => String(error).includes('LOADING')))
  await server.says('eady to accept connections')
  await server.cli('RPUSH', 'queues:default', envelope(1).body)
  expect(await timed(() => rig.began(1))).toBeLessThan(2_000)
  expect(rig.all('job:error')).toEqual([])
})

test('fault 7: a worker starts though the server is not there yet', async () => {
  const server = await testRedis(kept)
  await server.kill()
  const rig = new RedisRig(await makeRedis({ url: server.url }))
  await rig.nth('store:down', 2)
  await server.launch()
  await server.cli('RPUSH', 'queues:default', envelope(1).body)
  expect(await timed(() => rig.began(1))).toBeLessThan(2_000)
})
