import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { PullConnector } from '../../src/contract/connector.ts'
import { encodeData, encodePayload } from '../../src/payload.ts'
import { Project, type Running } from '../cli/project.ts'
import { openStore } from '../connectors/database-store.ts'
import { openMysql } from '../connectors/mysql/mysql-store.ts'
import { openRedis } from '../connectors/redis/redis-rig.ts'
import { testMysql } from '../mysql-server.ts'
import { testRedis } from '../redis-server.ts'
import { counted, type Message, TextAccount } from './text-account.ts'

const ways = ['plainly', 'repeat', 'skip'] as const
type Way = (typeof ways)[number]

const job = `export default class Text {
  static tries = 0
  async fire(job, { n, way }) {
    const send = () => fetch(process.env.ACCOUNT + '?order=' + n + '&way=' + way)
    if (way === 'plainly') await send()
    else await job.once('sms:' + n, send, { ifUnknown: way })
    await job.delete()
  }
}
`

interface Setting {
  /** The connection, as the configuration writes it. */
  readonly connection: string
  readonly open: (project: Project) => Promise<PullConnector>
}

/** Jobs that each send one message, in a worker that is killed (-9) whenever one has arrived for the first time. */
async function tellAll({ connection, open }: Setting, kills: number, way: Way): Promise<TextAccount> {
  const config = `export default { ${connection}, expire: 1, worker: { sleep: 0.1 } }`
  const project = new Project({ 'queue.config.ts': config, 'jobs/Text.mjs': job })
  onTestFinished(() => project.remove())
  const queue = await open(project)
  const killed: Promise<unknown>[] = []
  const kill = async ({ times }: Message) => {
    if (times > 1) return
    worker.signal('SIGKILL')
    killed.push(worker.ended)
    await worker.ended
    worker = startWorker()
  }
  const account = await TextAccount.listen(kill)
  const startWorker = (): Running =>
    project.startWith({ env: { ACCOUNT: account.url } }, 'work', '--daemon', '--memory=0')
  const body = (n: number) =>
    encodePayload(queue.wire, { job: 'Text', data: encodeData({ n, way }), id: `text-${n}` })
  await queue.push(
    Array.from({ length: kills }, (_, n) => ({
      id: `text-${n}`,
      queue: 'default',
      job: 'Text',
      body: body(n),
      delayMs: 0,
    })),
  )
  let worker = startWorker()
  for (;;) {
    const { ready, delayed, reserved } = await queue.size('default')
    if (ready + delayed + reserved === 0) break
    await queue.wait!(['none'], 100, new AbortController().signal)
  }
  worker.signal('SIGTERM')
  expect((await worker.ended).code).toBe(0)
  expect(killed).toHaveLength(kills)
  expect(account.orders).toBe(kills)
  return account
}

const onMysql = async (): Promise<Setting> => {
  const { url } = await testMysql({ durable: true })
  return { connection: `connector: 'database', dsn: '${url}'`, open: () => openMysql(url) }
}
const onSqlite = async (): Promise<Setting> => ({
  connection: `connector: 'database', dsn: 'sqlite:./queue.sqlite'`,
  open: (project) => openStore(join(project.root, 'queue.sqlite')),
})
const onRedis = async (): Promise<Setting> => {
  const { port } = await testRedis()
  return { connection: `connector: 'redis', port: ${port}`, open: () => openRedis({ port }) }
}

const kills = counted(100, 2)
const most = { plainly: kills, repeat: kills, skip: 0 } as const

test.each(ways)(
  `a worker killed ${kills} times between the message and its note, sending %s on MySQL`,
  { timeout: 600_000 },
  async (way) => {
    const account = await tellAll(await onMysql(), kills, way)
    expect(account.most).toBe(way === 'skip' ? 1 : 2)
    expect(account.resends).toBeLessThanOrEqual(most[way])
    if (process.env.QUEUE_TEST_FULL) console.log(`${way}: ${kills} kills, ${account.resends} resends`)
  },
)

test.each([
  ['SQLite', onSqlite],
  ['Redis', onRedis],
] as const)(
  'a killed worker on %s: one resend a kill by default, none with skip',
  {
    timeout: 120_000,
  },
  async (_, setting) => {
    expect((await tellAll(await setting(), 2, 'repeat')).resends).toBe(2)
    expect((await tellAll(await setting(), 2, 'skip')).resends).toBe(0)
  },
)
