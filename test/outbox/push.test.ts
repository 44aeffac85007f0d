import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { createDatabase } from '../../src/database/index.ts'
import { tempFile } from '../connectors/database-store.ts'
import { someMysql } from '../mysql-server.ts'
import { OutboxRig, until } from './outbox-rig.ts'

const rig = new OutboxRig()
beforeEach(() => rig.fresh())

test('a push through a transaction is in Redis soon after the commit, once, and leaves nothing behind', async () => {
  const [queue, database] = [await rig.queue(), rig.database()]
  for (const warm of [true, false]) {
    let id = ''
    await database.transaction(async (tx) => {
      await tx.execute(`INSERT INTO ${rig.orders} VALUES ()`)
      id = await queue.push('Notice', { warm }, { tx })
      expect(await rig.rows()).toBe(0)
      expect(await rig.jobs('default')).toHaveLength(warm ? 0 : 1)
    })
    const ms = await until(async () => (await rig.jobs('default')).length === (warm ? 1 : 2))
    if (!warm) expect(ms).toBeLessThan(250)
    expect(id).toMatch(/^tq/)
  }
  await until(async () => (await rig.rows()) === 0 && (await rig.marks('default')).length === 0)
  expect(await rig.jobs('default')).toEqual([{ warm: true }, { warm: false }])
})

test('a rollback leaves no job and no row', async () => {
  const [queue, database] = [await rig.queue(), rig.database()]
  const failing = database.transaction(async (tx) => {
    await queue.push('Notice', 1, { tx })
    throw new Error('unpaid')
  })
  await expect(failing).rejects.toThrow('unpaid')
  await database.transaction((tx) => queue.push('Notice', 2, { tx }))
  await until(async () => (await rig.jobs('default')).length > 0)
  expect(await rig.jobs('default')).toEqual([2])
  expect(await rig.rows()).toBe(0)
})

test('many jobs of one transaction keep their order, and a delayed one its delay', async () => {
  const [queue, database] = [await rig.queue(), rig.database()]
  const numbers = Array.from({ length: 450 }, (_, at) => at)
  await database.transaction(async (tx) => {
    await queue.bulk(
      numbers.map((data) => ({ job: 'Notice', data })),
      { tx },
    )
    await queue.later(60, 'Notice', 'late', { tx })
  })
  await until(async () => (await rig.rows()) === 0)
  expect(await rig.jobs('default')).toEqual(numbers)
  const key = `${rig.prefix}queues:default:delayed`
  const [, score] = (await rig.redis.cli('ZRANGE', key, 0, -1, 'WITHSCORES')) as string[]
  const [seconds] = (await rig.redis.cli('TIME')) as string[]
  expect(Number(score) - Number(seconds)).toBeGreaterThan(50)
  expect(Number(score) - Number(seconds)).toBeLessThanOrEqual(61)
})

test('an id of the caller’s own is one job, however often it is pushed', async () => {
  const [queue, database] = [await rig.queue(), rig.database()]
  for (let each = 0; each < 2; each++)
    await database.transaction((tx) => queue.push('Notice', each, { tx, id: 'order-7' }))
  await until(async () => (await rig.rows()) === 0)
  expect(await rig.jobs('default')).toEqual([0])
})

test('a connection of mysql2 takes part, with promises or callbacks, and so does anything with execute', async () => {
  const queue = await rig.queue()
  const promising = await mysqlPromise.createConnection(rig.url)
  const calling = mysql.createConnection(rig.url)
  onTestFinished(async () => {
    await promising.end()
    calling.destroy()
  })
  const adapter = { execute: (sql: string, params: unknown[]) => promising.query(sql, params) }
  const latencies: number[] = []
  for (const [at, tx] of [promising, calling, adapter].entries()) {
    const owner = tx === calling ? calling.promise() : promising
    for (const isKept of [false, true]) {
      await owner.beginTransaction()
      await queue.push('Notice', `${at}${isKept}`, { tx })
      await (isKept ? owner.commit() : owner.rollback())
    }
    latencies.push(await until(async () => (await rig.jobs('default')).length === at + 1))
  }
  await until(async () => (await rig.rows()) === 0)
  expect(await rig.jobs('default')).toEqual(['0true', '1true', '2true'])
  expect(Math.min(...latencies)).toBeLessThan(250)
})

test('the commits of many transactions of others are looked for together', async () => {
  const queue = await rig.queue()
  const pool = mysqlPromise.createPool({ uri: rig.url, connectionLimit: 30 })
  onTestFinished(() => pool.end())
  const location = await rig.database().locate()
  const connections = await Promise.all(Array.from({ length: 30 }, () => pool.getConnection()))
  const looks = async () => Number((await rig.sql("SHOW GLOBAL STATUS LIKE 'Com_select'"))[0]!.Value)
  await Promise.all(connections.map((each) => each.beginTransaction()))
  const push = (tx: mysqlPromise.PoolConnection, data: number) =>
    queue.push('Notice', data, { tx: { execute: tx.execute.bind(tx), location } })
  await Promise.all(connections.map(push))
  const before = await looks()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect((await looks()) - before).toBeLessThan(30)
  await Promise.all(connections.map((each) => each.commit()))
  await until(async () => (await rig.jobs('default')).length === 30)
  for (const each of connections) each.release()
})

test('transactions on SQLite have their outbox in that file', async () => {
  const file = `sqlite:${tempFile()}`
  const queue = await rig.queue(file)
  const database = createDatabase(file)
  onTestFinished(() => database.close())
  const failing = database.transaction(async (tx) => {
    await queue.push('Notice', 'undone', { tx })
    throw new Error('unpaid')
  })
  await expect(failing).rejects.toThrow('unpaid')
  await database.transaction((tx) => queue.push('Notice', 'done', { tx }))
  await until(async () => (await rig.jobs('default')).length === 1)
  expect(await rig.jobs('default')).toEqual(['done'])
})

test('a user who may not create tables uses one that is there, and is told what to run when it is not', async () => {
  const name = new URL(rig.url).pathname.slice(1)
  const user = `poor_${name.slice(-10)}`
  await rig.sql(`CREATE USER ${user}@'%'`)
  await rig.sql(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${name}.* TO ${user}@'%'`)
  onTestFinished(() => rig.sql(`DROP USER ${user}@'%'`).then(() => undefined))
  const url = new URL(rig.url)
  url.username = user
  const [queue, database] = [await rig.queue(String(url)), rig.database()]
  const push = () => database.transaction((tx) => queue.push('Notice', 1, { tx }))
  await expect(push()).rejects.toThrow(/must run this first:\nCREATE TABLE IF NOT EXISTS `t\d+_queue_outbox`/)
  await rig.sql((await rig.context()).outboxTable()!.schema)
  await push()
  await until(async () => (await rig.jobs('default')).length === 1)
})

test('a transaction elsewhere, or no transaction at all, is refused', async () => {
  const queue = await rig.queue()
  const elsewhere = createDatabase(`sqlite:${tempFile()}`)
  onTestFinished(() => elsewhere.close())
  await elsewhere.transaction(async (tx) => {
    await expect(queue.push('Notice', 1, { tx })).rejects.toMatchObject({ code: 'TX_ELSEWHERE' })
  })
  for (const tx of [true, {}, 'tx', elsewhere, mysqlPromise.createPool(rig.url), mysql.createPool(rig.url)])
    await expect(queue.push('Notice', 1, { tx })).rejects.toMatchObject({ code: 'TX_UNUSABLE' })
})

test('a connection of another database, or that tells nothing, is refused', async () => {
  const [queue, other] = [await rig.queue(), await someMysql()]
  const [here, there] = [
    await mysqlPromise.createConnection(rig.url),
    await mysqlPromise.createConnection(other.url),
  ]
  onTestFinished(async () => {
    await Promise.all([here.end(), there.end()])
    await other.stop()
  })
  const push = (tx: unknown) => queue.push('Notice', 1, { tx })
  await there.beginTransaction()
  await expect(push(there)).rejects.toMatchObject({ code: 'TX_ELSEWHERE' })
  await here.beginTransaction()
  const silent = { execute: async (sql: string, params: string[]) => void (await here.execute(sql, params)) }
  await expect(push(silent)).rejects.toMatchObject({ code: 'TX_UNKNOWN' })
  const location = await rig.database().locate()
  expect(await push({ ...silent, location })).toMatch(/^tq/)
  await here.commit()
  await until(async () => (await rig.jobs('default')).length === 1)
})

test('a connection of no transaction is refused where the server tells it', async ({ skip }) => {
  const [row] = await rig.sql('SELECT VERSION() AS version')
  if (!String(row!.version).includes('MariaDB')) skip('MySQL has no variable that tells it')
  const queue = await rig.queue()
  const here = await mysqlPromise.createConnection(rig.url)
  onTestFinished(() => here.end())
  const pushing = queue.push('Notice', 1, { tx: here })
  await expect(pushing).rejects.toThrow(/no transaction was begun/)
})

test('a Redis that is away hinders no transaction', async () => {
  const [queue, database] = [await rig.queue(), rig.database()]
  rig.redis.pause()
  try {
    const since = performance.now()
    await database.transaction((tx) => queue.push('Notice', 1, { tx }))
    expect(performance.now() - since).toBeLessThan(2_000)
    expect(await rig.rows()).toBe(1)
  } finally {
    rig.redis.resume()
  }
  await until(async () => (await rig.jobs('default')).length === 1)
})
