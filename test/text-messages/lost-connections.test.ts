import { expect, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import type { PullConnector } from '../../src/contract/connector.ts'
import type { Job } from '../../src/contract/job.ts'
import type { Transaction } from '../../src/database/database.ts'
import { otherDatabases, ownDatabases } from '../../src/database/infrastructure.ts'
import { openStore, tempFile } from '../connectors/database-store.ts'
import { openMysql } from '../connectors/mysql/mysql-store.ts'
import { envelope, openRedis, RedisRig } from '../connectors/redis/redis-rig.ts'
import { applicationDatabase } from '../database/mysql/mysql-rig.ts'
import { type MysqlServer, testMysql } from '../mysql-server.ts'
import { testRedis } from '../redis-server.ts'
import { counted, TextAccount } from './text-account.ts'

const concurrency = 25

interface Trial {
  readonly orders: number
  readonly server: MysqlServer
  readonly queue: PullConnector
  /** What happens to connections the first time an order's message has arrived; `id` is the job's own. */
  readonly kill: (id: number) => Promise<void>
  readonly send: (job: Job, order: number, send: () => Promise<void>) => Promise<unknown>
  readonly concurrency?: number
}

/** Every order is told by a job that works in a transaction; its connection is killed in the midst of it, once for each order. */
async function tellAll({ orders, server, queue, kill, send, ...own }: Trial) {
  await server.sql('CREATE TABLE IF NOT EXISTS test.told (n INT)')
  await server.sql('TRUNCATE test.told')
  const database = applicationDatabase(server.url, { connections: concurrency })
  const account = await TextAccount.listen(async ({ times, told }) => {
    if (times === 1) await kill(Number(told.get('connection')))
  })
  const work = async (tx: Transaction, job: Job, order: number) => {
    const [row] = await tx.query<{ id: number }>('SELECT CONNECTION_ID() AS id')
    await send(job, order, async () => {
      await fetch(`${account.url}?order=${order}&connection=${row!.id}`)
    })
    await tx.execute('INSERT INTO told VALUES (?)', [order])
  }
  const rig = new RedisRig(
    queue,
    (order, job) => database.transaction((tx) => work(tx, job, order as number)),
    { concurrency, tries: 1, sleepMs: 50, ...own },
    { infrastructure: [ownDatabases, otherDatabases] },
  )
  await queue.push(Array.from({ length: orders }, (_, n) => envelope(n)))
  await rig.until(() => rig.all('job:processed').length >= orders || rig.all('job:failed').length > 0)
  expect(rig.all('job:failed')).toEqual([])
  expect(account.orders).toBe(orders)
  expect(await server.sql('SELECT COUNT(DISTINCT n) AS orders FROM test.told')).toEqual([{ orders }])
  return { account, losses: rig.all('job:error').length }
}

const plainly: Trial['send'] = (_, __, send) => send()
const onceOnly: Trial['send'] = (job, order, send) => job.once(`sms:${order}`, send)

const killOne = (server: MysqlServer) => async (id: number) => {
  await server.sql(`KILL CONNECTION ${id}`)
}

const kills = counted(1_000, 50)

test(`${kills} connections killed after the message was sent: without once each is sent a second time at most`, {
  timeout: 300_000,
}, async () => {
  const server = await testMysql()
  const queue = await openMysql(server.url)
  const told = await tellAll({ orders: kills, server, queue, kill: killOne(server), send: plainly })
  expect(told.losses).toBe(kills)
  expect(told.account.most).toBe(2)
  expect(told.account.resends).toBeLessThanOrEqual(kills)
  report('without once', kills, told.account.resends)
})

test(`${kills} connections killed after the message was sent: with once none is sent a second time`, {
  timeout: 300_000,
}, async () => {
  const server = await testMysql()
  const queue = await openMysql(server.url)
  const told = await tellAll({ orders: kills, server, queue, kill: killOne(server), send: onceOnly })
  expect(told.losses).toBe(kills)
  expect(told.account.resends).toBe(0)
  report('with once', kills, told.account.resends)
})

test('every connection of the server killed, those of the queue too: with once none is sent a second time', {
  timeout: 120_000,
}, async () => {
  const server = await testMysql()
  const queue = await openMysql(server.url)
  const kill = () => server.killConnections()
  const orders = counted(100, 10)
  const { account } = await tellAll({ orders, server, queue, kill, send: onceOnly, concurrency: 1 })
  expect(account.resends).toBe(0)
  report('all connections, with once', orders, account.resends)
})

const elsewhere: Readonly<Record<string, () => Promise<PullConnector>>> = {
  memory: async () => new MemoryConnector(),
  SQLite: () => openStore(tempFile()),
  Redis: async () => openRedis({ port: (await testRedis()).port }),
}

test.each(Object.keys(elsewhere))('with the jobs in %s none is sent a second time either', async (name) => {
  const server = await testMysql()
  const queue = await elsewhere[name]!()
  const { account } = await tellAll({ orders: 20, server, queue, kill: killOne(server), send: onceOnly })
  expect(account.resends).toBe(0)
})

/** The figures that docs/gone-away.md prints. */
function report(what: string, killed: number, resends: number): void {
  if (process.env.QUEUE_TEST_FULL) console.log(`${what}: ${killed} kills, ${resends} resends`)
}
