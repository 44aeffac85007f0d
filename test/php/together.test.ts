import { expect, test } from 'vitest'
import type { PullConnector } from '../../src/contract/connector.ts'
import type { Job } from '../../src/contract/job.ts'
import { openMysql, phpJobsTable } from '../connectors/mysql/mysql-store.ts'
import { counts, openRedis, RedisRig } from '../connectors/redis/redis-rig.ts'
import { clientOf } from '../connectors/wire-work.ts'
import { testMysql } from '../mysql-server.ts'
import { testRedis } from '../redis-server.ts'
import { missingOfPhp, php, thinkQueue } from './php-process.ts'

/** The real library, or a script that sends what it sends. */
const script = thinkQueue === undefined ? 'as-think-queue.php' : 'think-queue.php'

interface Store {
  readonly name: 'table' | 'redis'
  readonly port: number
  readonly connector: PullConnector
}

const stores: Readonly<Record<string, () => Promise<Store>>> = {
  async 'one MySQL table'() {
    const server = await testMysql()
    await server.sql(`USE test; ${phpJobsTable('jobs')}`)
    return { name: 'table', port: server.port, connector: await openMysql(server.url) }
  },
  async 'one Redis'() {
    const { port } = await testRedis()
    return { name: 'redis', port, connector: await openRedis({ port }) }
  },
}

/** One run: which job, at which attempt, by whom. */
interface Run {
  readonly n: number
  readonly attempts: number
  readonly by: 'php' | 'ours'
}

function runsOfPhp(stdout: string): Run[] {
  return [...stdout.matchAll(/^ran (\d+) (\d+)$/gm)].map(([, n, attempts]) => ({
    n: Number(n),
    attempts: Number(attempts),
    by: 'php',
  }))
}

/** Every fifth job fails in its first two runs, whoever runs it. */
const triesOf = (n: number) => (n % 5 === 0 ? 3 : 1)

if (missingOfPhp.length > 0)
  console.warn(
    `SKIPPED: workers in PHP beside ours: there is no php with ${missingOfPhp.join(' and ')} (apt-get install php-cli php-mysql php-redis)`,
  )

const each = Number(process.env.QUEUE_TEST_PHP_JOBS ?? 500)

test.skipIf(missingOfPhp.length > 0).each(Object.keys(stores))(
  `a PHP worker and ours on %s, jobs pushed by both: each is done once, and tries are counted across the two`,
  { timeout: 300_000 },
  async (which) => {
    const store = await stores[which]!()
    const runs: Run[] = []
    const worker = php(script, [store.name, String(store.port), 'work'])
    await worker.says('working')
    const rig = new RedisRig(
      store.connector,
      async (data, job: Job) => {
        const { n } = data as { readonly n: number }
        await new Promise((resolve) => setTimeout(resolve, 1))
        runs.push({ n, attempts: job.attempts, by: 'ours' })
        if (job.attempts < triesOf(n)) throw new Error('meant to fail')
      },
      { concurrency: 1, prefetch: 0, tries: 0, sleepMs: 100 },
    )
    const pushing = php(script, [store.name, String(store.port), 'push', '0', String(each)])
    const queue = clientOf(store.connector)
    for (let n = each; n < 2 * each; n++) await queue.push('J', { n })
    expect(await pushing.ended).toMatchObject({ code: 0, stderr: '' })
    while ((await counts(store.connector)).some((count) => count > 0))
      await new Promise((resolve) => setTimeout(resolve, 50))
    worker.signal('SIGTERM')
    const { stdout, stderr } = await worker.ended
    runs.push(...runsOfPhp(stdout))
    const numbers = Array.from({ length: 2 * each }, (_, n) => n)
    const attempts = numbers.map((n) =>
      runs
        .filter((run) => run.n === n)
        .map((run) => run.attempts)
        .sort((a, b) => a - b),
    )
    expect(attempts).toEqual(numbers.map((n) => Array.from({ length: triesOf(n) }, (_, run) => run + 1)))
    const by = (who: Run['by']) => runs.filter((run) => run.by === who)
    const shared = numbers.filter(
      (n) => new Set(runs.filter((run) => run.n === n).map((run) => run.by)).size > 1,
    )
    expect({ php: by('php').length > 0, ours: by('ours').length > 0, shared: shared.length > 0 }).toEqual({
      php: true,
      ours: true,
      shared: true,
    })
    expect(rig.all('job:lost')).toEqual([])
    if (process.env.QUEUE_TEST_PHP_JOBS !== undefined)
      console.log(
        `${which}: ${2 * each} jobs, ${runs.length} runs: ${by('php').length} by PHP, ${by('ours').length} by ours, ${shared.length} jobs run by both; PHP's errors: ${stderr || 'none'}`,
      )
  },
)
