import { getEventListeners } from 'node:events'
import { expect, test, vi } from 'vitest'
import { Pusher } from '../../../src/connectors/redis/push.ts'
import { Registrar } from '../../../src/connectors/redis/registrar.ts'
import { type RedisServer, testRedis } from '../../redis-server.ts'
import { blocked, clients, took, trialAt } from './waiter-trial.ts'

const ask = { isEmpty: false, nextDueInMs: 0 }
const queues = Array.from({ length: 10 }, (_, at) => `q${at}`)

test('a plain RPUSH ends the wait, and stays where it is', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const asleep = wait()
  await blocked(server, 1)
  await server.cli('RPUSH', 'queues:mail', 'a', 'b')
  expect(await took(asleep)).toBeLessThan(50)
  expect(await asleep).toEqual(ask)
  expect(await server.cli('LRANGE', 'queues:mail', 0, -1)).toEqual(['a', 'b'])
})

test('a wait ends at once when a list has a head already, and again when nobody takes it', async () => {
  const server = await testRedis()
  const { wait } = await trialAt(server.port)
  await server.cli('RPUSH', 'queues:mail', 'a')
  for (let round = 0; round < 3; round++) expect(await wait()).toEqual(ask)
  expect(await server.cli('LRANGE', 'queues:mail', 0, -1)).toEqual(['a'])
})

test('any of several queues ends the wait', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle(['a', 'b', 'c'])
  for (const queue of ['c', 'a', 'b']) {
    const asleep = wait({ queues: ['a', 'b', 'c'] })
    await blocked(server, 3)
    await server.cli('RPUSH', `queues:${queue}`, 'job')
    expect(await asleep).toEqual(ask)
    await server.cli('DEL', `queues:${queue}`)
  }
})

test('a job that came while nobody waited ends the next wait', async () => {
  const server = await testRedis()
  const { wait } = await trialAt(server.port)
  await wait({ timeoutMs: 1 })
  await blocked(server, 1)
  await server.cli('RPUSH', 'queues:mail', 'a')
  await blocked(server, 0)
  expect(await wait()).toEqual(ask)
})

test('more queues than eight hold eight blocked connections, and the others are polled', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle(queues)
  const asleep = wait({ queues })
  await blocked(server, 8)
  await server.cli('RPUSH', 'queues:q9', 'a')
  expect(await took(asleep)).toBeLessThan(1_100)
  expect(await asleep).toEqual(ask)
  expect((await clients(server)).filter((line) => line.includes('name=thinkq:wait'))).toHaveLength(8)
})

test('an aborted wait ends at once, and one whose signal had aborted does not begin', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const controller = new AbortController()
  const asleep = wait({ signal: controller.signal })
  await blocked(server, 1)
  controller.abort()
  expect(await took(asleep)).toBeLessThan(20)
  expect(await wait({ signal: controller.signal })).toEqual(ask)
})

test('closing ends the wait and every connection, and later waits do not begin', async () => {
  const server = await testRedis()
  const { wait, awake } = await trialAt(server.port)
  const asleep = wait({ queues })
  await blocked(server, 8)
  await awake.close()
  expect(await took(asleep)).toBeLessThan(20)
  expect(await wait()).toEqual(ask)
  await vi.waitFor(async () => {
    expect((await clients(server)).filter((line) => /name=thinkq:(wait|news)/.test(line))).toEqual([])
  })
})

test('closing in the middle of connecting leaves no connection behind', async () => {
  const server = await testRedis()
  const { wait, awake, link } = await trialAt(server.port)
  const asleep = wait({ queues })
  await awake.close()
  expect(await asleep).toEqual(ask)
  await link.close()
  await vi.waitFor(async () => expect(await clients(server)).toHaveLength(1))
})

test('a wait ends when what was known to be due is due, never before', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const times: number[] = []
  for (let round = 0; round < 21; round++) {
    const began = performance.now()
    await wait({ dueInMs: 7.3 })
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  expect(times[0]).toBeGreaterThan(7.29)
  expect(times[10]).toBeLessThan(20)
})

test('a delayed job that is due before all others shortens the wait', async () => {
  const server = await testRedis()
  const { wait, link, keys, settle } = await trialAt(server.port)
  await settle()
  const pusher = new Pusher(link, keys, new Registrar(link, keys))
  const asleep = wait()
  await pusher.push([{ id: 'x', queue: 'mail', job: 'J', body: body('x'), delayMs: 60_000 }])
  expect(await took(asleep)).toBeLessThan(50)
})

test('a message that came between the reserve and the wait ends the wait at once, one that came before the reserve does not', async () => {
  const server = await testRedis()
  const { wait, awake, keys, settle } = await trialAt(server.port)
  const channel = keys.of('mail').wake
  await settle()
  awake.reserving()
  await server.cli('PUBLISH', channel, '1')
  await settled()
  expect(await took(wait({ timeoutMs: 300 }))).toBeLessThan(100)
  await server.cli('PUBLISH', channel, '1')
  await settled()
  awake.reserving()
  expect(await took(wait({ timeoutMs: 300 }))).toBeGreaterThan(290)
})

test('without queues nothing is asked, and the time-out ends the wait', async () => {
  const server = await testRedis()
  const { wait } = await trialAt(server.port)
  const before = await commands(server)
  expect(await wait({ queues: [], timeoutMs: 100 })).toEqual(ask)
  expect((await commands(server)) - before).toBe(1)
})

test('after a time-out it tells when something is due, or that there is nothing, or that a reserve is worth it', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const nothing = { isEmpty: true, nextDueInMs: Infinity }
  expect(await wait({ timeoutMs: 30 })).toEqual(nothing)
  expect(await wait({ timeoutMs: 30 })).toEqual(nothing)
  const now = await serverTime(server)
  await server.cli('ZADD', 'queues:mail:delayed', now + 60, 'a')
  await server.cli('ZADD', 'queues:mail:reserved', now + 50, 'b')
  const { isEmpty, nextDueInMs } = await wait({ timeoutMs: 30 })
  expect(isEmpty).toBe(true)
  expect(nextDueInMs).toBeGreaterThan(49_000)
  expect(nextDueInMs).toBeLessThan(50_000)
  await server.cli('ZADD', 'queues:mail:reserved', now - 1, 'b')
  expect(await wait({ timeoutMs: 30 })).toEqual(ask)
})

test('two hundred waits leave no timer or connection behind, and one listener', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const { signal } = new AbortController()
  const timers = () =>
    process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate/.test(kind)).length
  const before = { timers: timers(), clients: (await clients(server)).length }
  for (let round = 0; round < 200; round++) await wait({ timeoutMs: 2, signal })
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  expect(timers()).toBeLessThanOrEqual(before.timers + 1)
  expect(await clients(server)).toHaveLength(before.clients)
})

test('an idle worker on one queue costs less than one command a second', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const before = await commands(server)
  for (let round = 0; round < 2; round++) await wait({ timeoutMs: 3_000 })
  expect((await commands(server)) - before - 1).toBeLessThanOrEqual(6)
})

function body(id: string): string {
  return `{"job":"J","data":"","id":"${id}","attempts":1}`
}

/** What is under way on the loop has arrived. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50))
}

async function commands(server: RedisServer): Promise<number> {
  const info = (await server.cli('INFO', 'stats')) as string
  return Number(/total_commands_processed:(\d+)/.exec(info)![1])
}

async function serverTime(server: RedisServer): Promise<number> {
  const [seconds, microseconds] = (await server.cli('TIME')) as [string, string]
  return Number(seconds) + Number(microseconds) / 1e6
}

test('a moment before something falls due the server is woken, and otherwise it is left alone', async () => {
  const server = await testRedis()
  const { wait, settle } = await trialAt(server.port)
  await settle()
  const asked = async () =>
    Number(/cmdstat_time:calls=(\d+)/.exec(String(await server.cli('INFO', 'commandstats')))?.[1] ?? 0)
  const before = await asked()
  await server.cli('ZADD', 'queues:mail:delayed', 9_999_999_999, 'a')
  expect(await wait({ dueInMs: 20 })).toEqual(ask)
  expect(await asked()).toBe(before + 1)
  const asleep = wait({ dueInMs: 300 })
  await blocked(server, 1)
  await server.cli('RPUSH', 'queues:mail', 'a')
  await asleep
  await new Promise((resolve) => setTimeout(resolve, 350))
  expect(await asked()).toBe(before + 1)
})
