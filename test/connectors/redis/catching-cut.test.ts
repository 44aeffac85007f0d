import { expect, test } from 'vitest'
import { testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { envelope, makeRedis, openRedis, RedisRig } from './redis-rig.ts'

test('a job pushed after a cut connection starts at once, at its first attempt, whatever was under way', async () => {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const rig = new RedisRig(await makeRedis({ port: proxy.port }), undefined, { sleepMs: 500 })
  const producer = await openRedis({ port: server.port })
  for (let round = 1; round <= 30; round++) {
    await producer.push([envelope(round)])
    const processed = await rig.nth('job:processed', round)
    expect(processed.attempts, `round ${round}`).toBe(1)
    proxy.cut()
    // The server has seen the reset when it has answered twice.
    for (let turn = 0; turn < 2; turn++) await server.cli('PING')
  }
  expect(rig.ran).toHaveLength(30)
})
