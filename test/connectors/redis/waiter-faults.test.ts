import { expect, test, vi } from 'vitest'
import { ListWatch } from '../../../src/connectors/redis/list-watch.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { blocked, clients, took, trialAt } from './waiter-trial.ts'

for (const [how, break_] of [
  ['is killed', (id: string) => ['CLIENT', 'KILL', 'ID', id]],
  ['is unblocked by an error', (id: string) => ['CLIENT', 'UNBLOCK', id, 'ERROR']],
  ['is unblocked as if by its time-out', (id: string) => ['CLIENT', 'UNBLOCK', id, 'TIMEOUT']],
] as const)
  test(`a wait goes on when its blocked connection ${how}, and jobs still end it at once`, async () => {
    const server = await testRedis()
    const { wait, settle } = await trialAt(server.port)
    await settle()
    let isOver = false
    const asleep = wait().then((outlook) => {
      isOver = true
      return outlook
    })
    const id = await waiterId(server)
    const [command, ...args] = break_(id)
    await server.cli(command!, ...args)
    await blocked(server, 0)
    await blocked(server, 1)
    expect(isOver).toBe(false)
    await server.cli('RPUSH', 'queues:mail', 'a')
    expect(await took(asleep)).toBeLessThan(50)
  })

test('a job is found while no blocked connection can be made', async () => {
  const server = await testRedis({ acl: ['user half on >secret ~* &* +@all -blmove'] })
  const { wait, settle } = await trialAt(server.port, { username: 'half', password: 'secret' })
  await settle()
  const asleep = wait()
  await server.cli('RPUSH', 'queues:mail', 'a')
  expect(await took(asleep)).toBeLessThan(2_000)
})

test('a connection that cannot block is tried at most so often', async () => {
  const server = await testRedis({ acl: ['user half on >secret ~* &* +@all -blmove'] })
  const { wait, settle } = await trialAt(server.port, { username: 'half', password: 'secret' })
  await settle()
  await wait({ timeoutMs: 3_000 })
  const stats = (await server.cli('INFO', 'commandstats')) as string
  expect(Number(/cmdstat_blmove:.*rejected_calls=(\d+)/.exec(stats)![1])).toBeLessThan(25)
})

test('a wait outlives the server, and jobs end it soon after it is back', async () => {
  const server = await testRedis({ aof: true })
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const asleep = wait()
  await blocked(server, 1)
  await server.restart()
  await server.cli('RPUSH', 'queues:mail', 'a')
  expect(await took(asleep)).toBeLessThan(2_000)
})

test('an abort ends a wait that asks a server which stands still', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  server.pause()
  const controller = new AbortController()
  const asleep = wait({ timeoutMs: 50, signal: controller.signal })
  setTimeout(() => controller.abort(), 200)
  expect(await took(asleep)).toBeLessThan(1_000)
  server.resume()
})

test('a black hole is noticed a second after the blocking call should have ended', async () => {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const { link } = await trialAt(proxy.port)
  const looks: number[] = []
  const watch = new ListWatch(
    'queues:mail',
    link.duplicate('wait'),
    async () => looks.push(performance.now()) < 0,
    1_000,
  )
  const found = new Promise<void>((resolve) => watch.listen(resolve))
  await blocked(server, 1)
  proxy.blackHole(true)
  const at = performance.now()
  await vi.waitFor(() => expect(looks.length).toBeGreaterThan(0), { timeout: 5_000 })
  expect(looks[0]! - at).toBeLessThan(3_200)
  await server.cli('RPUSH', 'queues:mail', 'a')
  proxy.blackHole(false)
  expect(await took(found)).toBeLessThan(3_000)
  await watch.close()
})

test('an abort leaves the call blocked, which serves the next wait', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const id = await waiterId(server)
  for (let round = 0; round < 5; round++) {
    const controller = new AbortController()
    const asleep = wait({ signal: controller.signal })
    controller.abort()
    await asleep
  }
  const asleep = wait()
  await server.cli('RPUSH', 'queues:mail', 'a')
  expect(await took(asleep)).toBeLessThan(50)
  const stats = (await server.cli('INFO', 'commandstats')) as string
  expect(Number(/cmdstat_blmove:calls=(\d+)/.exec(stats)![1])).toBeLessThanOrEqual(2)
  expect(await clients(server)).toContainEqual(expect.stringMatching(new RegExp(`^id=${id} `)))
})

async function waiterId(server: RedisServer): Promise<string> {
  await blocked(server, 1)
  const line = (await clients(server)).find((each) => each.includes('name=thinkq:wait'))!
  return /^id=(\d+)/.exec(line)![1]!
}
