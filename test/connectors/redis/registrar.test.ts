import { expect, test } from 'vitest'
import { PushOutcomeUnknown, StoreError } from '../../../src/contract/errors.ts'
import { testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { envelope, openRedis, RedisRig, timed } from './redis-rig.ts'

const isRegistration = (request: string) => /sadd/i.test(request)

async function behindProxy() {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  return { server, proxy, connector: await openRedis({ url: proxy.url }) }
}

async function caught(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable('it was not rejected'),
    (error: unknown) => error,
  )
}

test('a cut before or after the queue is written down is made up for: the push is stored, once', async () => {
  for (const trap of ['loseRequest', 'dropReplies'] as const) {
    const { server, proxy, connector } = await behindProxy()
    const sprung = proxy[trap](isRegistration).then(() => proxy.cut())
    await connector.push([envelope(1)])
    await sprung
    expect(await server.cli('LLEN', 'queues:default')).toBe(1)
    expect(await server.cli('SMEMBERS', 'thinkq:queues')).toEqual(['default'])
  }
})

/** What never left is neither of unknown outcome nor said to be. */
function expectUnsent(error: unknown): void {
  expect(error).toBeInstanceOf(StoreError)
  expect(error).not.toBeInstanceOf(PushOutcomeUnknown)
  expect(error).toMatchObject({ transient: true, isOutcomeUnknown: false })
  expect(String(error)).toContain('nothing of it was sent')
}

test('a push that two cuts kept from being sent says that nothing was stored', async () => {
  const { server, proxy, connector } = await behindProxy()
  const cuts = proxy.loseRequest(isRegistration).then(() => proxy.loseRequest(isRegistration))
  expectUnsent(await caught(connector.push([envelope(1)])))
  await cuts
  expect(await server.cli('LLEN', 'queues:default')).toBe(0)
  expect(await connector.push([envelope(2)])).toHaveLength(1)
})

test('where no answer comes at all, a push that was never sent rejects within its usual time', async () => {
  const { proxy, connector } = await behindProxy()
  proxy.blackHole(true)
  const took = await timed(async () => expectUnsent(await caught(connector.push([envelope(1)]))))
  expect(took).toBeLessThan(6_000)
})

test('a worker that starts while the server is out of memory takes and settles, also what is retried', async () => {
  const server = await testRedis()
  const producer = await openRedis({ url: server.url })
  await producer.push([envelope(1), envelope(2)])
  await server.cli('CONFIG', 'SET', 'maxmemory', 1)
  await server.cli('DEL', 'thinkq:queues')
  let runs = 0
  const rig = new RedisRig(await openRedis({ url: server.url }), () => {
    runs++
    if (runs === 1) throw new Error('once more')
  })
  await rig.until(() => rig.all('job:processed').filter(({ outcome }) => outcome === 'deleted').length === 2)
  expect([rig.all('store:down'), rig.all('job:lost')]).toEqual([[], []])
  await server.cli('CONFIG', 'SET', 'maxmemory', 0)
  await producer.push([envelope(3)])
  await rig.began(4)
  await rig.until(() => rig.all('worker:idle').length > 0)
  expect(await server.cli('SMEMBERS', 'thinkq:queues')).toEqual(['default'])
})
