import { readdirSync, readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from 'vitest'
import { redisConnector } from '../../../src/connectors/redis/index.ts'
import type { PullConnector } from '../../../src/contract/connector.ts'
import { describeConformance } from '../../../src/testing/conformance/index.ts'
import { awaitReply } from '../../redis-reply.ts'
import { type RedisServer, startRedis, testRedis } from '../../redis-server.ts'
import { envelope, makeRedis, RedisRig, timed } from './redis-rig.ts'

/** The command that the page prints, as the shell would read it. */
const page = readFileSync(new URL('../../../docs/redis-acl.md', import.meta.url), 'utf8')
const printed = /```sh\nredis-cli (ACL SETUSER [\s\S]*?)```/.exec(page)![1]!
const [command, ...rule] = printed
  .replaceAll("'", '')
  .replaceAll('\\\n', ' ')
  .replaceAll('\\|', '|')
  .trim()
  .split(/\s+/)
const password = 'a-long-password'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
  await server.cli(command!, ...rule)
})
afterAll(() => server.stop())

const options = () => ({ host: server.host, port: server.port, username: 'queue', password })

async function open(): Promise<PullConnector> {
  const connector = await redisConnector(options(), { connection: 'conformance', root: '/' })
  await connector.open()
  return connector as PullConnector
}

test('the printed command makes a user queue with the password that is shown', () => {
  expect([command, ...rule.slice(0, 4)]).toEqual(['ACL', 'SETUSER', 'queue', 'on', `>${password}`])
  expect(rule).toContain('-@all')
})

test('it grants every command that a script calls', () => {
  const folder = new URL('../../../src/connectors/redis/lua/', import.meta.url)
  const scripts = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'))
  const called = scripts.flatMap((text) => [...text.matchAll(/\bp?call\('(\w+)'/g)].map(([, name]) => name!))
  expect(called.length).toBeGreaterThan(20)
  expect(called.filter((name) => !rule.includes(`+${name.toLowerCase()}`))).toEqual([])
})

describeConformance({ describe, it }, 'under the printed ACL the redis connector meets the contract', {
  create: async () => {
    await server.cli('FLUSHALL')
    return open()
  },
  second: open,
})

test('a worker under the printed ACL warns of nothing, runs, waits, pauses and hears of a restart', async () => {
  await server.cli('FLUSHALL')
  await server.cli('ACL', 'LOG', 'RESET')
  const rig = new RedisRig(await makeRedis(options()), undefined, { sleepMs: 300 })
  await rig.next('worker:idle')
  await rig.connector.push([envelope(1), envelope(2, 'default', 200)])
  await rig.nth('job:processed', 2)
  await rig.connector.applyPauses!(['default'])
  await rig.connector.applyPauses!([])
  await rig.connector.cache.increment('control')
  await rig.next('worker:idle')
  expect(rig.all('store:warning')).toEqual([])
  expect(rig.all('store:down')).toEqual([])
  expect(await server.cli('ACL', 'LOG')).toEqual([])
})

/** The same user with other rules, on a server of its own. */
async function usersServer(change: (part: string) => string): Promise<RedisServer> {
  const own = await testRedis()
  await own.cli(command!, ...rule.map(change))
  return own
}

const optionsAt = ({ host, port }: RedisServer) => ({ ...options(), host, port })

test('with a prefix in front of each pattern but that of the restart key, the user may all the same', async () => {
  const isPattern = /^[~&](?!think:queue:restart)/
  const own = await usersServer((part) => (isPattern.test(part) ? `${part[0]}shop:${part.slice(1)}` : part))
  const connector = await makeRedis({ ...optionsAt(own), prefix: 'shop:' })
  const rig = new RedisRig(connector, undefined, { sleepMs: 300 })
  await rig.next('worker:idle')
  await connector.push([envelope(1)])
  await rig.nth('job:processed')
  await connector.applyPauses!(['default'])
  await own.cli('SET', 'think:queue:restart', 1)
  expect(await own.cli('ACL', 'LOG')).toEqual([])
  expect(rig.all('store:warning')).toEqual([])
})

test('without CLIENT ID and CLIENT UNBLOCK a worker waits without the catch, and complains of nothing', async () => {
  for (const without of ['+client|id', '+client|unblock']) {
    const own = await usersServer((part) => (part === without ? '+time' : part))
    const rig = new RedisRig(await makeRedis(optionsAt(own)), undefined, { sleepMs: 60_000 })
    await rig.next('worker:idle')
    await awaitReply(own, ['INFO', 'clients'], /blocked_clients:[1-9]/)
    await own.cli('RPUSH', 'queues:default', envelope(1).body)
    expect(await timed(() => rig.nth('job:processed'))).toBeLessThan(1_000)
    expect([rig.all('store:warning'), rig.all('store:down')]).toEqual([[], []])
  }
})

describe('that user is refused', () => {
  for (const [what, command, ...args] of [
    ['emptying the server', 'FLUSHALL'],
    ['emptying the database', 'FLUSHDB'],
    ['the configuration', 'CONFIG', 'GET', '*'],
    ['listing keys', 'KEYS', '*'],
    ['scanning', 'SCAN', '0'],
    ['the ACL', 'ACL', 'LIST'],
    ['stopping the server', 'SHUTDOWN'],
    ['making it a replica', 'REPLICAOF', 'NO', 'ONE'],
    ['seeing what others do', 'MONITOR'],
    ['loading modules', 'MODULE', 'LIST'],
    ['keys that are not of queues', 'GET', 'session:1'],
    ['writing keys that are not of queues', 'SET', 'session:1', 'x'],
    ['others’ keys from a script', 'EVAL', "return redis.call('GET', 'session:1')", '0'],
    ['others’ keys given to a script', 'EVAL', "return redis.call('GET', KEYS[1])", '1', 'session:1'],
    ['channels that are not of queues', 'SUBSCRIBE', 'chat'],
    ['speaking on channels that are not of queues', 'PUBLISH', 'chat', 'x'],
  ] as const)
    test(what, async () => {
      const client = new Redis({ ...options(), retryStrategy: () => null, enableReadyCheck: false })
      onTestFinished(() => client.disconnect())
      client.on('error', () => undefined)
      await expect(client.call(command, ...args)).rejects.toThrow(
        /NOPERM|ACL failure|can't access|no permissions/,
      )
    })
})
