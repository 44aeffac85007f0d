import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { PullConnector } from '../../src/contract/connector.ts'
import { Project, type Running, records } from '../cli/project.ts'
import { openStore } from '../connectors/database-store.ts'
import { openMysql } from '../connectors/mysql/mysql-store.ts'
import { type MysqlServer, testMysql } from '../mysql-server.ts'
import { testProxy } from '../tcp-proxy.ts'
import { TextAccount } from '../text-messages/text-account.ts'

/** A job with one try: what is blamed on it buries it. In the midst of its transaction it sends a message. */
const job = `import { createDatabase } from 'thinkq/database'
const db = createDatabase({ url: process.env.SHOP, connectMs: 1000 })
export default class Notice {
  static tries = 1
  async fire(job, { n }) {
    await db.transaction(async (tx) => {
      await tx.execute('INSERT INTO notices VALUES (?)', [n])
      await fetch(process.env.ACCOUNT + '?order=' + n)
      await tx.execute('UPDATE notices SET n = n WHERE n = ?', [n])
    })
    await job.delete()
  }
}
`

interface Setting {
  readonly server: MysqlServer
  /** What the configuration says of the queue; default: it is in that server too. */
  readonly dsn?: unknown
  readonly open?: (project: Project) => Promise<PullConnector>
  /** How the job reaches the server. */
  readonly shop?: string
  /** What happens while the first message of a job is on its way. */
  readonly meanwhile?: (order: number) => Promise<unknown>
}

/** A running `queue work --daemon`, and its queue. */
async function shop({ server, dsn = server.url, open, shop = server.url, meanwhile }: Setting) {
  await server.sql('CREATE TABLE IF NOT EXISTS test.notices (n INT)')
  const config = `export default { connector: 'database', dsn: ${JSON.stringify(dsn)}, expire: 30 }`
  const project = new Project({ 'queue.config.ts': config, 'jobs/Notice.mjs': job })
  onTestFinished(() => project.remove())
  const account = await TextAccount.listen(async ({ order, times }) => {
    if (times === 1) await meanwhile?.(order)
  })
  const queue = await (open?.(project) ?? openMysql(server.url))
  const worker = project.startWith(
    { env: { SHOP: shop, ACCOUNT: account.url } },
    'work',
    '--daemon',
    '--concurrency=2',
  )
  await worker.says('"started"')
  return { worker, push: (n: number) => push(queue, n) }
}

async function push(queue: PullConnector, n: number): Promise<void> {
  const body = `{"job":"Notice","data":{"n":${n}}}`
  await queue.push([{ id: 'tq', queue: 'default', job: 'Notice', body, delayMs: 0 }])
}

/** What it said of trouble, once it has stopped: nothing was buried, and nothing counted as a try. */
async function troubles(worker: Running): Promise<string[]> {
  worker.signal('SIGTERM')
  const { code, stdout, stderr } = await worker.ended
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).not.toContain('was buried')
  const said = records(stdout).filter(({ level, job: of }) => level === 'warn' && of === undefined)
  return said.map(({ msg }) => String(msg))
}

const notices = (server: MysqlServer) => server.sql('SELECT n FROM test.notices ORDER BY n')

test('wait_timeout: the next job after a long idle time runs as if nothing had been', async () => {
  const server = await testMysql({ flags: ['--wait-timeout=1'] })
  const elsewhere = {
    dsn: 'sqlite:./queue.sqlite',
    open: (project: Project) => openStore(join(project.root, 'queue.sqlite')),
  }
  const { worker, push } = await shop({ server, ...elsewhere })
  await push(1)
  await worker.says('"msg":"done"')
  while ((await server.connections()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50))
  await push(2)
  await worker.says('"msg":"done"', 2)
  expect(await troubles(worker)).toEqual([])
  expect(await notices(server)).toEqual([{ n: 1 }, { n: 2 }])
})

test('KILL CONNECTION between jobs: nothing is seen of it', async () => {
  const server = await testMysql()
  const { worker, push } = await shop({ server })
  await push(1)
  await worker.says('"msg":"done"')
  await server.killConnections()
  await push(2)
  await worker.says('"msg":"done"', 2)
  const said = await troubles(worker)
  expect(said.filter((text) => text.includes('a job lost'))).toEqual([])
  expect(await notices(server)).toEqual([{ n: 1 }, { n: 2 }])
})

test('KILL CONNECTION in the midst of a transaction: it is rolled back, and the job runs again with its one try', async () => {
  const server = await testMysql()
  const { worker, push } = await shop({ server, meanwhile: () => server.killConnections() })
  await push(1)
  await worker.says('"msg":"done"')
  const said = await troubles(worker)
  expect(said.filter((text) => text.startsWith('a job lost what it depends on'))).toHaveLength(1)
  expect(said.filter((text) => text.startsWith('what the jobs depend on recovered after'))).toHaveLength(1)
  expect(await notices(server)).toEqual([{ n: 1 }])
})

test('a server that restarts under a running worker and job: both wait for it, each loss and return is said once', {
  timeout: 60_000,
}, async () => {
  const server = await testMysql({ durable: true })
  const restart = async () => {
    await server.kill('SIGTERM')
    await worker.says('the store cannot be reached')
    await server.launch()
  }
  const { worker, push } = await shop({
    server,
    meanwhile: (order) => (order === 1 ? restart() : Promise.resolve()),
  })
  await push(1)
  await worker.says('"msg":"done"')
  await push(2)
  await worker.says('"msg":"done"', 2)
  const said = await troubles(worker)
  for (const news of [
    /^the store cannot be reached: .*; trying again$/,
    /^the store recovered after /,
    /^a job lost what it depends on: .*no job is taken until it answers, and no try is spent$/,
    /^what the jobs depend on recovered after /,
  ])
    expect(
      said.filter((text) => news.test(text)),
      `${news} in ${said.join('\n')}`,
    ).toHaveLength(1)
  expect(await notices(server)).toEqual([{ n: 1 }, { n: 2 }])
})

test('a black hole: connections that stand never answer again, and the worker makes new ones', {
  timeout: 60_000,
}, async () => {
  const server = await testMysql()
  const proxy = await testProxy(server.port)
  const url = server.urlOf('root', proxy.port)
  const { worker, push } = await shop({
    server,
    shop: url,
    dsn: { url, connectMs: 1_000, deadlineMs: 1_000 },
  })
  await push(1)
  await worker.says('"msg":"done"')
  proxy.blackHole(true)
  await worker.says('the store cannot be reached')
  proxy.blackHole(false)
  await push(2)
  await worker.says('"msg":"done"', 2)
  const said = await troubles(worker)
  expect(
    said.some((text) => /^the store cannot be reached: .*(no answer|did not answer) within 1 s/.test(text)),
  ).toBe(true)
  expect(said.some((text) => text.startsWith('the store recovered after'))).toBe(true)
  expect(await notices(server)).toEqual([{ n: 1 }, { n: 2 }])
})
