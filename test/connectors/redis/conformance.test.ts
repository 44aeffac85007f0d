import { afterAll, beforeAll, describe, it } from 'vitest'
import { redisConnector } from '../../../src/connectors/redis/index.ts'
import type { PullConnector } from '../../../src/contract/connector.ts'
import { describeConformance } from '../../../src/testing/conformance/index.ts'
import { type RedisServer, type SomeRedis, someRedis, startRedis } from '../../redis-server.ts'

const made = new WeakMap<PullConnector, Record<string, unknown>>()

async function open(options: Record<string, unknown>): Promise<PullConnector> {
  const connector = (await redisConnector(options, { connection: 'conformance', root: '/' })) as PullConnector
  made.set(connector, options)
  await connector.open()
  return connector
}

const second = (first: PullConnector) => open(made.get(first)!)

describe('on a server of its own', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  describeConformance({ describe, it }, 'the redis connector meets the contract', {
    create: async () => {
      await server.cli('FLUSHALL')
      return open({ url: server.url })
    },
    second,
  })
})

/** A fresh prefix for each case, so that any server will do. */
function onSomeServer(title: string, options: Record<string, unknown>): void {
  let some: SomeRedis
  let cases = 0
  beforeAll(async () => {
    some = await someRedis()
  })
  afterAll(() => some.stop())

  describeConformance({ describe, it }, title, {
    create: () => open({ url: some.url, prefix: `${some.prefix}${++cases}:`, ...options }),
    second,
  })
}

describe('with a prefix', () => {
  onSomeServer('the redis connector meets the contract', {})
})

describe('in the layout of a cluster, on one node', () => {
  onSomeServer('the redis connector meets the contract', { layout: 'tagged' })
})
