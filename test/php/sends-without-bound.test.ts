import { expect, test } from 'vitest'
import { openRedis } from '../connectors/redis/redis-rig.ts'
import { clientOf } from '../connectors/wire-work.ts'
import { testMysql } from '../mysql-server.ts'
import { testRedis } from '../redis-server.ts'
import { missingOfPhp, php, thinkQueue } from './php-process.ts'

const isMissing = thinkQueue === undefined || missingOfPhp.length > 0
if (isMissing)
  console.warn(
    'SKIPPED: what think-queue 2.0 does when its connection is killed: QUEUE_TEST_THINK_QUEUE names no sources of it',
  )

const most = 10_000

test.skipIf(isMissing)(
  `think-queue 2.0 with its defaults: one killed connection, and one job sends its message ${most} times and goes on`,
  { timeout: 120_000 },
  async () => {
    const [redis, server] = [await testRedis(), await testMysql()]
    const queue = clientOf(await openRedis({ port: redis.port }))
    await queue.push('Text')
    const env = { QUEUE_TEST_DB_PORT: String(server.port) }
    const begun = performance.now()
    const worker = php('think-queue.php', ['redis', String(redis.port), 'work'], env)
    await worker.says(`sent ${most}\n`)
    const seconds = (performance.now() - begun) / 1_000
    worker.signal('SIGKILL')
    const { stderr } = await worker.ended
    expect(
      stderr.split('\n').filter((line) => line.includes('2006 MySQL server has gone away')).length,
    ).toBeGreaterThan(most / 2)
    console.log(`one kill, one job: ${most} messages in ${seconds.toFixed(1)} s`)
  },
)
