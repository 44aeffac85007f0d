import { expect, test } from 'vitest'
import { testCluster } from '../../redis-cluster.ts'
import { testRedis } from '../../redis-server.ts'
import { ended } from '../pushing-program.ts'

test('a program that has pushed ends by itself, without closing its queue', async () => {
  const { port } = await testRedis()
  const { code, said } = await ended({ connector: 'redis', port })
  expect(said).toMatch(/^tq\w{30}$/)
  expect(code).toBe(0)
})

test('so does one whose Redis went away after the push', async () => {
  const server = await testRedis()
  const { code, said } = await ended(
    { connector: 'redis', port: server.port },
    `process.kill(${server.pid}, 'SIGKILL')`,
  )
  expect(said).toMatch(/^tq\w{30}$/)
  expect(code).toBe(0)
})

test('so does one on a cluster', async () => {
  const cluster = await testCluster()
  const { code, said } = await ended({
    connector: 'redis',
    cluster: [{ host: '127.0.0.1', port: cluster.nodes[0]!.port }],
  })
  expect(said).toMatch(/^tq\w{30}$/)
  expect(code).toBe(0)
})
