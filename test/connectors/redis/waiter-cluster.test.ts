import { expect, test, vi } from 'vitest'
import { testCluster } from '../../redis-cluster.ts'
import { trialAt } from './waiter-trial.ts'

const ask = { isEmpty: false, nextDueInMs: 0 }
const queues = ['a', 'b', 'c']

test('on a cluster a wait is ended by a job on any node, by a message through any node, and looks ahead at all', async () => {
  const cluster = await testCluster({ replicas: false })
  const { wait, link, keys } = await trialAt(cluster.nodes[0]!.port, { kind: 'cluster', tagged: true })
  const quiet = () =>
    vi.waitFor(async () =>
      expect(await wait({ queues, timeoutMs: 100 })).toEqual({ isEmpty: true, nextDueInMs: Infinity }),
    )
  await wait({ queues })
  await quiet()
  for (const queue of queues) {
    const { list } = keys.of(queue)
    const asleep = wait({ queues })
    await link.send('RPUSH', [list, 'job'])
    expect(await asleep).toEqual(ask)
    await link.send('DEL', [list])
    await quiet()
  }
  for (const node of cluster.nodes) {
    await quiet()
    const asleep = wait({ queues })
    await node.cli('PUBLISH', keys.of('b').wake, '1')
    expect(await asleep).toEqual(ask)
  }
})
