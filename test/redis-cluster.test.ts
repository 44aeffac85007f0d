import { expect, test } from 'vitest'
import { testCluster } from './redis-cluster.ts'
import { awaitReply } from './redis-reply.ts'
import { testSentinel } from './redis-sentinel.ts'

test('a cluster of three masters gives a killed one’s keys to its replica', async () => {
  const cluster = await testCluster({ nodeTimeoutMs: 500 })
  const [first, second] = cluster.nodes
  expect((await cluster.masterOf('b')).port).toBe(first!.port)
  await first!.cli('SET', 'b', '1')
  await first!.replicated('{b}')
  await first!.kill()
  const replica = cluster.nodes[3]!
  await awaitReply(replica, ['ROLE'], 'master')
  await awaitReply(second!, ['CLUSTER', 'INFO'], 'cluster_state:ok')
  expect(await cluster.masterOf('b', second)).toBe(replica)
  expect(await replica.cli('GET', 'b')).toBe('1')
})

test('a sentinel promotes the replica of a killed master', async () => {
  const set = await testSentinel()
  await set.promoted(set.master)
  await set.master.kill()
  await set.promoted(set.replica)
  expect(await set.replica.cli('SET', 'a', '1')).toBe('OK')
})
