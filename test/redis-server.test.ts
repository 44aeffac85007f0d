import { existsSync } from 'node:fs'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { testRedis } from './redis-server.ts'

/** Whether a process of that id is there. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a server of its own answers, and is gone with its folder when it is stopped', async () => {
  const server = await testRedis()
  expect(server.port).not.toBe(6379)
  expect(await server.cli('SET', 'a', '1')).toBe('OK')
  expect(await server.cliBuffer('GET', 'a')).toEqual(Buffer.from('1'))
  await expect(server.cli('INCR', 'a', 'b')).rejects.toThrow(/wrong number of arguments/)
  const { pid, folder } = server
  expect(isAlive(pid)).toBe(true)
  await server.stop()
  expect(isAlive(pid)).toBe(false)
  expect(existsSync(folder)).toBe(false)
})

test('a killed server with an append-only file comes back with its data on the same port, one without comes back empty', async () => {
  const kept = await testRedis({ aof: true })
  const lost = await testRedis()
  for (const server of [kept, lost]) {
    await server.cli('SET', 'a', '1')
    const { pid, port } = server
    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(server.port).toBe(port)
  }
  expect(await kept.cli('GET', 'a')).toBe('1')
  expect(await lost.cli('GET', 'a')).toBe(null)
})

test('a password, users and a unix socket are there when they are asked for', async () => {
  const acl = ['user queue on >secret ~queues:* +ping +get']
  const server = await testRedis({ password: 'open', acl, unixSocket: true })
  const client = new Redis({
    path: server.socket,
    username: 'queue',
    password: 'secret',
    retryStrategy: () => null,
    enableReadyCheck: false,
  })
  onTestFinished(() => client.disconnect())
  expect(await client.get('queues:a')).toBe(null)
  await expect(client.get('other')).rejects.toThrow(/NOPERM/)
  expect(await server.cli('ACL', 'WHOAMI')).toBe('default')
})

test('a paused server answers when it is resumed', async () => {
  const server = await testRedis()
  await server.cli('PING')
  server.pause()
  let isAnswered = false
  const answer = server.cli('PING').then((text) => {
    isAnswered = true
    return text
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(isAnswered).toBe(false)
  server.resume()
  expect(await answer).toBe('PONG')
})

test('a server that cannot start says why', async () => {
  await expect(testRedis({ config: ['maxmemory-policy nonsense'] })).rejects.toThrow(
    /ended: [\s\S]*maxmemory-policy[\s\S]*QUEUE_TEST_REDIS_SERVER/,
  )
})
