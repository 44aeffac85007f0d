import { expect, test } from 'vitest'
import { awaitReply } from '../../redis-reply.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { envelope, makeRedis, RedisRig } from './redis-rig.ts'

const watchedMs = 10_000

/** Commands that the server has carried out, those of scripts included. */
async function commands(server: RedisServer): Promise<number> {
  const info = String(await server.cli('INFO', 'stats'))
  return Number(/total_commands_processed:(\d+)/.exec(info)![1])
}

/** How many commands Redis carries out in ten seconds for a worker that waits. */
async function cost(server: RedisServer): Promise<number> {
  await awaitReply(server, ['INFO', 'clients'], /blocked_clients:[1-9]/)
  const before = await commands(server)
  await new Promise((resolve) => setTimeout(resolve, watchedMs))
  // The one INFO between the two.
  return (await commands(server)) - before - 1
}

/** The same for one second, of a queue in which so many delayed jobs wait for later. */
async function idleOn(delayed: number): Promise<number> {
  const server = await testRedis()
  const connector = await makeRedis({ url: server.url })
  await connector.push(Array.from({ length: delayed }, (_, n) => envelope(n, 'default', 3_600_000)))
  const rig = new RedisRig(connector)
  await rig.next('worker:idle')
  return (await cost(server)) / (watchedMs / 1_000)
}

test('a worker idle on one queue, be it empty or with delayed jobs, asks at most two commands per second of Redis', async () => {
  const costs = await Promise.all([idleOn(0), idleOn(3)])
  for (const perSecond of costs) expect(perSecond).toBeLessThanOrEqual(2)
})
