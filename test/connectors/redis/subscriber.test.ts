import { expect, onTestFinished, test, vi } from 'vitest'
import { Subscriber } from '../../../src/connectors/redis/subscriber.ts'
import type { StoreNews } from '../../../src/contract/connector.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { clients, listening, trialAt } from './waiter-trial.ts'

/** Counts what is heard. */
class Ear implements StoreNews {
  controls = 0
  readonly warnings: string[] = []
  up(): void {}
  control(): void {
    this.controls++
  }
  warn(message: string): void {
    this.warnings.push(message)
  }
}

test('a restart, pause or resume is heard, and after the answer is called no more', async () => {
  const server = await testRedis()
  const { awake, keys, link } = await trialAt(server.port)
  const [ear, other] = [new Ear(), new Ear()]
  const deaf = awake.hear(ear)
  awake.hear(other)
  await vi.waitFor(() => expect(ear.controls).toBe(1))
  await server.cli('PUBLISH', keys.control, 'restart')
  await vi.waitFor(() => expect([ear.controls, other.controls]).toEqual([2, 2]))
  deaf()
  await listening(link, keys.control)
  await server.cli('PUBLISH', keys.control, 'pause')
  await vi.waitFor(() => expect(other.controls).toBe(3))
  expect(ear.controls).toBe(2)
})

test('all channels share one connection', async () => {
  const server = await testRedis()
  const { awake, settle } = await trialAt(server.port)
  awake.hear(new Ear())
  await settle(['a', 'b', 'c'])
  expect(await news(server)).toHaveLength(1)
})

test('when its connection was lost everybody is told to look, for something may have been missed', async () => {
  const server = await testRedis()
  const { awake, settle, wait } = await trialAt(server.port)
  const ear = new Ear()
  awake.hear(ear)
  await settle()
  const before = ear.controls
  const asleep = wait()
  await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
  expect(await asleep).toEqual({ isEmpty: false, nextDueInMs: 0 })
  await vi.waitFor(() => expect(ear.controls).toBeGreaterThan(before))
})

test('a black hole is noticed when nothing was heard for a while, and what was missed is made up for', async () => {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const { link } = await trialAt(proxy.port)
  const woken: string[] = []
  const subscriber = new Subscriber({
    link: () => link.duplicate('news'),
    control: 'control',
    woken: (channel) => woken.push(channel),
    quietMs: 200,
  })
  onTestFinished(() => subscriber.close())
  subscriber.follow(['wake'])
  await vi.waitFor(() => expect(woken).toEqual(['wake']))
  proxy.blackHole(true)
  await server.cli('PUBLISH', 'wake', '1')
  proxy.blackHole(false)
  await vi.waitFor(() => expect(woken).toEqual(['wake', 'wake']), { timeout: 10_000 })
})

test('a quiet connection is asked now and then, and stays', async () => {
  const server = await testRedis()
  const { link } = await trialAt(server.port)
  const woken: string[] = []
  const subscriber = new Subscriber({
    link: () => link.duplicate('news'),
    control: 'control',
    woken: (channel) => woken.push(channel),
    quietMs: 20,
  })
  onTestFinished(() => subscriber.close())
  subscriber.follow(['wake'])
  await vi.waitFor(async () => {
    const stats = (await server.cli('INFO', 'commandstats')) as string
    expect(Number(/cmdstat_subscribe:calls=(\d+)/.exec(stats)?.[1])).toBeGreaterThan(4)
  })
  expect(woken).toEqual(['wake'])
  expect(await news(server)).toHaveLength(1)
})

test('who may not subscribe is told once what that means, and waits all the same', async () => {
  const server = await testRedis({ acl: ['user deaf on >secret ~* resetchannels +@all'] })
  const { awake, wait } = await trialAt(server.port, { username: 'deaf', password: 'secret' })
  const ear = new Ear()
  awake.hear(ear)
  await vi.waitFor(() => expect(ear.warnings).toEqual([expect.stringContaining('earlier delayed jobs')]))
  const asleep = wait()
  await server.cli('RPUSH', 'queues:mail', 'a')
  await asleep
  expect(ear.warnings).toHaveLength(1)
})

test('a server that is away when somebody wants to hear is heard when it is there', async () => {
  const server = await testRedis()
  const { awake } = await trialAt(server.port)
  await server.kill()
  const ear = new Ear()
  awake.hear(ear)
  await server.launch()
  await vi.waitFor(() => expect(ear.controls).toBe(1), { timeout: 10_000 })
})

test('nothing is heard and no connection is left after closing', async () => {
  const server = await testRedis()
  const { awake } = await trialAt(server.port)
  const ear = new Ear()
  awake.hear(ear)
  await vi.waitFor(() => expect(ear.controls).toBe(1))
  await awake.close()
  await vi.waitFor(async () => expect(await news(server)).toHaveLength(0))
  awake.hear(ear)
  expect(await news(server)).toHaveLength(0)
  expect(ear.controls).toBe(1)
})

async function news(server: RedisServer): Promise<readonly string[]> {
  return (await clients(server)).filter((line) => line.includes('name=thinkq:news'))
}
