import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Queue } from 'thinkq'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../redis-server.ts'

const application = fileURLToPath(new URL('../../examples/reserve-notice/', import.meta.url))
const before = { cwd: process.cwd(), env: { ...process.env } }
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'thinkq-example-')))
let redis: RedisServer

/** The application reads its settings when it is loaded, so it is loaded after they are made. */
async function load() {
  const [{ db }, { insert }, { createTables }, service] = await Promise.all([
    import('../../examples/reserve-notice/db.ts'),
    import('../../examples/reserve-notice/models/insert.ts'),
    import('../../examples/reserve-notice/schema.ts'),
    import('../../examples/reserve-notice/services/order-service-reserve.ts'),
  ])
  return { db, insert, createTables, ...service }
}
let app: Awaited<ReturnType<typeof load>>

beforeAll(async () => {
  redis = await startRedis()
  process.env.QUEUE_CONNECTOR = 'redis'
  process.env.QUEUE_REDIS_URL = redis.url
  process.env.QUEUE_DSN = `sqlite:${join(folder, 'reserve-notice.sqlite')}`
  process.chdir(application)
  app = await load()
  await app.createTables(app.db)
  await app.insert(app.db, 'orders', { id: 1, order_number: 'paid', status: 2 })
  await app.insert(app.db, 'orders', { id: 2, order_number: 'unpaid', status: 1 })
})

afterEach(async () => {
  await app.db.execute('DELETE FROM order_service_reserves')
  await redis.cli('FLUSHALL')
})

afterAll(async () => {
  await Queue.close()
  await app.db.close()
  await redis.stop()
  process.chdir(before.cwd)
  process.env = before.env
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

function members(): Promise<unknown> {
  return redis.cli('LRANGE', 'queues:reserve_notice', 0, -1)
}

it('a booking pushes its notice where a PHP worker would look for it', async () => {
  const { id } = await app.createOrderServiceReserve({ order_number: 'paid' })
  const [member, ...others] = (await members()) as string[]
  expect(others).toEqual([])
  expect(JSON.parse(member!)).toMatchObject({
    job: 'common/SendOrderReserveNoticeJob',
    data: { order_service_reserve_id: id },
  })
})

it('the notice is pushed when the reservation can be seen by others, not before', async () => {
  const push = Queue.push
  let rowsAtPush: unknown
  Queue.push = async (...args: Parameters<typeof push>) => {
    rowsAtPush = await app.db.query('SELECT order_id FROM order_service_reserves')
    return push.apply(Queue, args)
  }
  try {
    await app.createOrderServiceReserve({ order_number: 'paid' })
  } finally {
    Queue.push = push
  }
  expect(rowsAtPush).toEqual([{ order_id: 1 }])
})

it('a booking that is refused, or fails at its commit, pushes nothing', async () => {
  await expect(app.createOrderServiceReserve({ order_number: 'unpaid' })).rejects.toThrow(/待支付/)
  await app.db.execute(`CREATE TABLE broken (
    aunt INTEGER REFERENCES aunts (id) DEFERRABLE INITIALLY DEFERRED
  )`)
  await app.db.execute(`CREATE TRIGGER breaks_commit AFTER INSERT ON order_service_reserves BEGIN
    INSERT INTO broken VALUES (999);
  END`)
  try {
    await expect(app.createOrderServiceReserve({ order_number: 'paid' })).rejects.toThrow(/FOREIGN KEY/)
  } finally {
    await app.db.execute('DROP TRIGGER breaks_commit')
  }
  expect(await members()).toEqual([])
})

it('a reservation stands although Redis does not take its notice, and a warning says so', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  await redis.cli('CONFIG', 'SET', 'maxmemory', 1)
  try {
    const { id } = await app.createOrderServiceReserve({ order_number: 'paid' })
    expect(await app.db.query('SELECT id FROM order_service_reserves')).toEqual([{ id }])
  } finally {
    await redis.cli('CONFIG', 'SET', 'maxmemory', 0)
  }
  expect((await warned).message).toMatch(/memory/)
})
