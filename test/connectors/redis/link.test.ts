import { readdirSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { isOutcomeUnknown } from '../../../src/connectors/redis/errors.ts'
import { Link } from '../../../src/connectors/redis/link.ts'
import { type RedisConnectorOptions, redisTarget } from '../../../src/connectors/redis/options.ts'
import { Script } from '../../../src/connectors/redis/script.ts'
import type { StoreError } from '../../../src/contract/errors.ts'
import { testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'

const echo = new Script('echo', 'return { KEYS[1], ARGV[1] }')
const count = new Script('count', "return redis.call('INCR', KEYS[1])")

function make(options: RedisConnectorOptions): Link {
  const link = new Link(redisTarget(options, 'main'))
  onTestFinished(() => link.close())
  return link
}

async function opened(options: RedisConnectorOptions): Promise<Link> {
  const link = make(options)
  await link.open()
  return link
}

async function failure(work: Promise<unknown>): Promise<StoreError> {
  return work.then(
    (value) => {
      throw new Error(`resolved with ${String(value)}`)
    },
    (error) => error as StoreError,
  )
}

function up(link: Link): Promise<void> {
  return new Promise((resolve) => {
    const stop = link.onUp(() => {
      stop()
      resolve()
    })
  })
}

test('scripts run by their digest, and are sent whole to a server that lost them, many at once too', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port })
  expect(await link.run(echo, ['k'], ['ä'])).toEqual(['k', 'ä'])
  for (let round = 1; round <= 5; round++) {
    await server.cli('SCRIPT', 'FLUSH')
    await Promise.all(Array.from({ length: 20 }, () => link.run(count, ['n'], [])))
    expect(await link.send('GET', ['n'])).toBe(String(round * 20))
  }
  expect(String(await server.cli('INFO', 'commandstats'))).toMatch(/cmdstat_evalsha:calls=1\d\d/)
})

test('a server killed with commands pending: all reject as of unknown outcome, none hangs', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port })
  server.pause()
  const sent = Array.from({ length: 50 }, () => failure(link.run(count, ['n'], [])))
  await server.kill()
  for (const error of await Promise.all(sent)) {
    expect(error).toMatchObject({ code: 'REDIS_LOST', transient: true })
    expect(isOutcomeUnknown(error)).toBe(true)
  }
})

test('a command called while nobody listens waits, and is sent once there is a connection again', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port, select: 2 })
  await server.kill()
  await failure(link.send('PING', [], 100))
  const waiting = link.send('INCR', ['n'])
  await server.launch()
  expect(await waiting).toBe(1)
  expect(link.epoch).toBe(2)
})

test('one that waits in vain rejects at its deadline as never sent; with breakReconnect: false at once', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port })
  const hasty = await opened({ port: server.port, breakReconnect: false })
  await server.kill()
  await Promise.all([failure(link.send('PING', [], 100)), failure(hasty.send('PING', []))])
  const began = performance.now()
  const error = await failure(link.send('INCR', ['n'], 300))
  expect(performance.now() - began).toBeGreaterThan(290)
  expect(error).toMatchObject({ code: 'REDIS_UNREACHABLE', transient: true })
  expect(isOutcomeUnknown(error)).toBe(false)
  const refusedAt = performance.now()
  expect(await failure(hasty.send('PING', []))).toMatchObject({ code: 'REDIS_UNREACHABLE' })
  expect(performance.now() - refusedAt).toBeLessThan(100)
})

test('a server that stands still: the deadline passes, the socket is destroyed, and it recovers', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port, timeout: 1 })
  await link.send('SET', ['k', 'v'])
  server.pause()
  const [late, other] = [failure(link.send('INCR', ['n'], 400)), failure(link.send('INCR', ['m']))]
  expect(await late).toMatchObject({ code: 'REDIS_LOST' })
  expect((await late).message).toContain('0.4 s')
  expect(await other, 'on the same socket').toMatchObject({ code: 'REDIS_LOST' })
  expect(link.isUp).toBe(false)
  const waiting = link.send('GET', ['k'])
  server.resume()
  expect(await waiting).toBe('v')
})

test('a black hole is noticed, and the connection made anew', async () => {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const link = await opened({ port: proxy.port })
  proxy.blackHole(true)
  expect(await failure(link.send('PING', [], 300))).toMatchObject({ code: 'REDIS_LOST' })
  const again = up(link)
  proxy.blackHole(false)
  await again
  expect(await link.send('PING', [])).toBe('PONG')
})

test('after every reconnect AUTH and SELECT come first', async () => {
  const server = await testRedis({ password: 'secret' })
  const link = await opened({ port: server.port, password: 'secret', select: 5 })
  for (let round = 0; round < 20; round++) {
    const again = up(link)
    await server.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    const writes = Array.from({ length: 5 }, (_, n) => link.send('SET', [`k${round}-${n}`, 1]).catch(() => 0))
    await again
    await Promise.all(writes)
  }
  expect(String(await server.cli('INFO', 'keyspace')).match(/db\d+/g)).toEqual(['db5'])
})

test('100 reconnects leave no file descriptor and no listener behind', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port })
  const kill = async () => {
    const again = up(link)
    await server.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await again
  }
  await kill()
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  for (let round = 0; round < 100; round++) await kill()
  expect(open()).toBeLessThanOrEqual(before + 2)
  expect(link.epoch).toBe(102)
  expect(String(await link.send('CLIENT', ['LIST'])).match(/name=thinkq:main/g)).toHaveLength(1)
}, 60_000)

test('a link closed twice is closed; what is pending and what comes later rejects for good', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port })
  server.pause()
  const pending = failure(link.send('PING', []))
  await Promise.all([link.close(), link.close()])
  expect(await pending).toMatchObject({ code: 'CLOSED', transient: false })
  expect(isOutcomeUnknown(await pending)).toBe(true)
  const later = await failure(link.send('PING', []))
  expect(later).toMatchObject({ code: 'CLOSED', transient: false })
  expect(isOutcomeUnknown(later)).toBe(false)
  await expect(link.open()).rejects.toMatchObject({ code: 'CLOSED' })
  server.resume()
})

test('one closed while it opens rejects the opening', async () => {
  const server = await testRedis()
  server.pause()
  const link = make({ port: server.port })
  const opening = failure(link.open())
  await link.close()
  expect(await opening).toMatchObject({ code: 'CLOSED' })
  server.resume()
})

test('opening fails at once where nobody listens, names the place, and works later', async () => {
  const server = await testRedis()
  await server.kill()
  const link = make({ port: server.port })
  const error = await failure(link.open())
  expect(error).toMatchObject({ code: 'REDIS_UNREACHABLE', transient: true })
  expect(error.message).toContain(`127.0.0.1:${server.port}/0`)
  expect(await failure(link.send('PING', []))).toMatchObject({ code: 'REDIS_UNREACHABLE' })
  await server.launch()
  await link.open()
  expect(await link.send('PING', [])).toBe('PONG')
})

test('a key of another type is named, with its type', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port })
  await link.send('HSET', ['queues:mail', 'a', 1])
  const script = new Script('pop', "redis.call('GET', KEYS[2]) return redis.call('LPOP', KEYS[1])")
  const error = await failure(link.run(script, ['queues:mail', 'absent'], []))
  expect(error).toMatchObject({ code: 'WRONGTYPE', transient: false })
  expect(error.message).toMatch(/: queues:mail is of type hash, not list$/)
  expect(await failure(link.send('LPOP', ['queues:mail']))).toMatchObject({ message: error.message })
})

test('a unix socket serves too', async () => {
  const server = await testRedis({ unixSocket: true, password: 'pw' })
  const link = await opened({ url: `unix://:p%77@${server.socket}?db=3` })
  expect(String(await link.send('CLIENT', ['INFO']))).toMatch(/name=thinkq:main .*db=3/)
})

test('a duplicate is a connection of its own, by the name of its role, and brings messages', async () => {
  const server = await testRedis()
  const link = await opened({ port: server.port })
  const news = link.duplicate('news')
  onTestFinished(() => news.close())
  await news.open()
  const heard = new Promise((resolve) => news.onMessage((channel, text) => resolve([channel, text])))
  await news.send('subscribe', ['c'])
  expect(String(await link.send('CLIENT', ['LIST']))).toContain('name=thinkq:news')
  await link.send('PUBLISH', ['c', 'hello'])
  expect(await heard).toEqual(['c', 'hello'])
})
