import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { redisConnector } from '../../../src/connectors/redis/index.ts'
import type { PullConnector } from '../../../src/contract/connector.ts'
import { PushOutcomeUnknown } from '../../../src/contract/errors.ts'
import { describeConformance } from '../../../src/testing/conformance/index.ts'
import { type RedisCluster, startCluster, testCluster } from '../../redis-cluster.ts'
import { awaitReply } from '../../redis-reply.ts'
import { testRedis } from '../../redis-server.ts'
import { clientOf } from '../wire-work.ts'
import { counts, envelope, makeRedis, openRedis, RedisRig, timed } from './redis-rig.ts'

describe('on a cluster of three masters', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster({ replicas: false })
  })
  afterAll(() => cluster.stop())

  async function open(): Promise<PullConnector> {
    const { host, port } = cluster.seeds[0]!
    const surroundings = { connection: 'conformance', root: '/' }
    const connector = (await redisConnector({ host, port, cluster: true }, surroundings)) as PullConnector
    await connector.open()
    return connector
  }

  describeConformance({ describe, it }, 'the redis connector meets the contract', {
    create: async () => {
      await cluster.flush()
      return open()
    },
    second: open,
  })

  test('the queues of one worker lie on different nodes, and each is served', async () => {
    await cluster.flush()
    const queues = ['a', 'b', 'c', 'd', 'e', 'f']
    const nodes = await Promise.all(queues.map((queue) => cluster.masterOf(`{queues:${queue}}`)))
    expect(new Set(nodes).size).toBe(3)
    const { host, port } = cluster.seeds[1]!
    const rig = new RedisRig(await makeRedis({ host, port, cluster: true }), undefined, {
      queues,
      concurrency: 3,
    })
    await rig.next('worker:idle')
    await rig.connector.push(queues.map((queue) => envelope(queue, queue)))
    await rig.nth('job:processed', queues.length)
    expect([...rig.ran].sort()).toEqual(queues)
  })

  test('fault 12: without cluster: true a node of a cluster is refused at the start, and it says what to write', async () => {
    const connector = await makeRedis(cluster.seeds[0]!)
    await expect(connector.open()).rejects.toThrow(/cluster: true/)
    await expect(connector.open()).rejects.toSatisfy((error) => !connector.isTransient(error))
  })

  test('with cluster: true a server that is none is refused at the start', async () => {
    const { host, port } = await testRedis()
    const connector = await makeRedis({ host, port, cluster: true })
    await expect(connector.open()).rejects.toThrow(/no cluster/)
  })
})

test('a cluster that loses a master with a replica goes on within seconds and keeps every acknowledged job', {
  timeout: 60_000,
}, async () => {
  // A master that cannot reach its replica refuses writes, but one that is killed may have answered a write that it had not
  // sent on: that is lost by the server's own design, so each acknowledgement here counts only once the replica has it.
  const cluster = await testCluster({ nodeTimeoutMs: 1_000 })
  const queue = 'default'
  const master = await cluster.masterOf(`{queues:${queue}}`)
  const others = cluster.nodes.filter((node) => node !== master)
  const { host, port } = others[0]!
  const options = { host, port, cluster: true }
  const rig = new RedisRig(await makeRedis(options), undefined, {
    concurrency: 3,
    expireMs: 5_000,
    sleepMs: 500,
  })
  const client = clientOf(await makeRedis(options))
  const acked: number[] = []
  let n = 0
  const push = async () => {
    const own = n++
    try {
      await client.push('J', own, { queue })
    } catch (error) {
      if (error instanceof PushOutcomeUnknown) await error.retry().catch(() => undefined)
      return
    }
    acked.push(own)
  }
  for (let round = 0; round < 50; round++) await push()
  await master.replicated(`{queues:${queue}}:replicated`)
  const before = [...acked]
  const held = await openRedis(options)
  await held.push([envelope('later', queue, 2_000)])
  await master.replicated(`{queues:${queue}}:replicated`)
  await master.kill()
  const backMs = await timed(async () => {
    const known = acked.length
    while (acked.length === known) await push()
  })
  for (let round = 0; round < 50; round++) await push()
  expect(backMs).toBeLessThan(12_000)
  await rig.until(() => acked.every((each) => rig.ran.includes(each)) && rig.ran.includes('later'))
  expect(before).toHaveLength(50)
  expect([rig.all('job:error'), rig.all('job:failed')]).toEqual([[], []])
  while ((await counts(held, queue)).some((count) => count > 0)) await rig.next('worker:idle')
})

test('fault 7: a cluster that is down is waited for, and work goes on when it is whole again', async () => {
  const node = await testRedis({ config: ['cluster-enabled yes', 'cluster-announce-ip 127.0.0.1'] })
  const slots = Array.from({ length: 16_384 }, (_, slot) => slot)
  await node.cli('CLUSTER', 'ADDSLOTS', ...slots)
  await awaitReply(node, ['CLUSTER', 'INFO'], 'cluster_state:ok')
  const { host, port } = node
  const rig = new RedisRig(await makeRedis({ host, port, cluster: true }), undefined, { sleepMs: 300 })
  await rig.next('worker:idle')
  // A slot that no key of ours is in: the server refuses all the same.
  const foreign = (Number(await node.cli('CLUSTER', 'KEYSLOT', '{queues:default}')) + 1) % slots.length
  await node.cli('CLUSTER', 'DELSLOTS', foreign)
  await rig.until(() => rig.all('store:down').some(({ error }) => String(error).includes('CLUSTERDOWN')))
  const error = await rig.connector.push([envelope(0)]).catch((reason: unknown) => reason)
  expect(rig.connector.isTransient(error)).toBe(true)
  await node.cli('CLUSTER', 'ADDSLOTS', foreign)
  await awaitReply(node, ['CLUSTER', 'INFO'], 'cluster_state:ok')
  await node.cli('RPUSH', '{queues:default}', envelope(1).body)
  expect(await timed(() => rig.began(1))).toBeLessThan(6_000)
  expect(rig.all('job:error')).toEqual([])
})
