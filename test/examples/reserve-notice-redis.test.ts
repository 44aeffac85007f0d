import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Queue } from 'thinkq'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { compose } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
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

async function members(): Promise<string[]> {
  return (await redis.cli('LRANGE', 'queues:reserve_notice', 0, -1)) as string[]
}

it('a booking pushes its notice where a PHP worker would look for it', async () => {
  const { id } = await app.createOrderServiceReserve({ order_number: 'paid' })
  await vi.waitFor(async () => expect(await members()).toHaveLength(1))
  const [member, ...others] = await members()
  expect(others).toEqual([])
  expect(JSON.parse(member!)).toMatchObject({
    job: 'common/SendOrderReserveNoticeJob',
    data: { order_service_reserve_id: id },
  })
})

it('the notice waits in the transaction of the reservation, and is in Redis only after the commit', async () => {
  const push = Queue.push
  let atPush: unknown
  Queue.push = async (...args: Parameters<typeof push>) => {
    const id = await push.apply(Queue, args)
    atPush = [await members(), await app.db.query('SELECT order_id FROM order_service_reserves')]
    return id
  }
  try {
    await app.createOrderServiceReserve({ order_number: 'paid' })
  } finally {
    Queue.push = push
  }
  expect(atPush).toEqual([[], []])
  await vi.waitFor(async () => expect(await members()).toHaveLength(1))
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

it('the notice of a reservation that Redis does not take waits, and comes when it does', async () => {
  const waiting = () => app.db.query('SELECT queue FROM queue_outbox')
  await redis.cli('CONFIG', 'SET', 'maxmemory', 1)
  try {
    const { id } = await app.createOrderServiceReserve({ order_number: 'paid' })
    expect(await app.db.query('SELECT id FROM order_service_reserves')).toEqual([{ id }])
    expect(await waiting()).toEqual([{ queue: 'reserve_notice' }])
  } finally {
    await redis.cli('CONFIG', 'SET', 'maxmemory', 0)
  }
  const worker = await compose(await loadConfig({ file: join(application, 'queue.config.ts') }))
  worker.relay()?.start()
  try {
    await vi.waitFor(async () => expect(await members()).toHaveLength(1), 5_000)
    await vi.waitFor(async () => expect(await waiting()).toEqual([]), 5_000)
  } finally {
    await worker.close()
  }
})
