import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Queue } from 'thinkq'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { OrderServiceReserve } from '../../examples/reserve-notice/models/order-service-reserve.ts'
import { OfficialAccountServer } from '../../examples/reserve-notice/stand-in/official-account-server.ts'
import { compose } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { WorkerFlags } from '../../src/config/units.ts'

const application = fileURLToPath(new URL('../../examples/reserve-notice/', import.meta.url))
const before = { cwd: process.cwd(), env: { ...process.env } }
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'thinkq-example-')))
const accessToken = 'a-token-of-the-test'
let onTheWay = async () => {}
const server = new OfficialAccountServer({
  ledgerFile: join(folder, 'accepted.jsonl'),
  accessToken,
  onTheWay: () => onTheWay(),
})

/** The application reads its settings when it is loaded, so it is loaded after they are made. */
async function load() {
  const [{ db }, { insert }, { createTables }, service, { SystemException }] = await Promise.all([
    import('../../examples/reserve-notice/db.ts'),
    import('../../examples/reserve-notice/models/insert.ts'),
    import('../../examples/reserve-notice/schema.ts'),
    import('../../examples/reserve-notice/services/order-service-reserve.ts'),
    import('../../examples/reserve-notice/services/system-exception.ts'),
  ])
  return { db, insert, createTables, SystemException, ...service }
}
let app: Awaited<ReturnType<typeof load>>

beforeAll(async () => {
  process.env.QUEUE_DSN = `sqlite:${join(folder, 'reserve-notice.sqlite')}`
  process.env.OFFICIAL_ACCOUNT_URL = await server.listen()
  process.env.OFFICIAL_ACCOUNT_TOKEN = accessToken
  process.chdir(application)
  app = await load()
  await app.createTables(app.db)
  await app.insert(app.db, 'admins', admin(1, 1, 'open-id-1'))
  await app.insert(app.db, 'admins', admin(2, 0, 'open-id-of-a-disabled-admin'))
  await app.insert(app.db, 'admins', admin(3, 1, ''))
  await app.insert(app.db, 'admins', admin(4, 1, 'open-id-4'))
  await app.insert(app.db, 'aunts', { id: 7, name: '阿依古丽·买买提', phone: '19900000007' })
  await app.insert(app.db, 'aunts', { id: 8, name: '孙秀英', phone: '19900000008' })
  await app.insert(app.db, 'orders', order)
  await app.insert(app.db, 'orders', { ...order, id: 2, order_number: 'unpaid', status: 1 })
  await app.insert(app.db, 'orders', { id: 3, order_number: 'bare', status: 2 })
})

afterEach(async () => {
  onTheWay = async () => {}
  await Queue.open() // makes the queue's own tables where a test did not
  for (const table of ['order_service_reserves', 'order_reserve_aunts', 'notices_sent', 'notice_failures'])
    await app.db.execute(`DELETE FROM ${table}`)
  for (const table of ['jobs', 'failed_jobs']) await app.db.execute(`DELETE FROM ${table}`)
})

afterAll(async () => {
  await Queue.close()
  await app.db.close()
  await server.close()
  process.chdir(before.cwd)
  for (const name of ['QUEUE_DSN', 'OFFICIAL_ACCOUNT_URL', 'OFFICIAL_ACCOUNT_TOKEN'])
    if (before.env[name] === undefined) delete process.env[name]
    else process.env[name] = before.env[name]
  rmSync(folder, { recursive: true, force: true })
})

const order = {
  id: 1,
  order_number: 'paid',
  status: 2,
  user_name: '𠮷田 惠',
  phone: '19900000001',
  service_id: 5,
  service_name: '深度保洁',
  to_door_address: '建国路88号阳光花园3栋1201室',
  residence_area: '北京市朝阳区',
  hours: 1.5,
}
const booking = {
  order_number: 'paid',
  remark: '备注:钥匙在物业\n联系 "王师傅" 🐱',
  is_fixed_aunt: 1,
  reserve_times: { reservation_time: '2026-12-14', start_time: '10:00', end_time: '14:00' },
  aunt_id: 7,
}

function admin(id: number, status: number, openId: string) {
  return { id, name: `管理员${id}`, status, official_account_openid: openId }
}

/** Runs so many deliveries of the queue in a worker, failed ones again at once. Answers the errors of the runs. */
async function work(maxJobs: number, flags: WorkerFlags = {}): Promise<string[]> {
  const errors: string[] = []
  const context = await compose(await loadConfig({ file: join(application, 'queue.config.ts') }))
  const worker = await context.worker({ queue: 'reserve_notice', backoff: 0, sleep: 5, maxJobs, ...flags })
  context.emitter.on('job:error', ({ error }) => errors.push(error.message))
  await worker.run()
  await context.connector.close()
  return errors
}

function notices(reserve: OrderServiceReserve): string[] {
  const own = server.ledger.read().filter((each) => each.reservationNumber === reserve.reservation_number)
  return own.map(({ openId }) => openId)
}

async function count(table: string): Promise<number> {
  const [row] = await app.db.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`)
  return row!.n
}

async function left(): Promise<number> {
  const { ready, delayed, reserved } = await Queue.size('reserve_notice')
  return ready + delayed + reserved
}

describe('booking a visit', () => {
  it('pushes the notice in the transaction that saves the reservation, also when nothing was pushed before', async () => {
    const { id } = await app.createOrderServiceReserve(booking)
    expect(await left()).toBe(1)
    const [job] = await app.db.query<{ payload: string }>('SELECT payload FROM jobs')
    expect(JSON.parse(job!.payload)).toMatchObject({
      job: 'common/SendOrderReserveNoticeJob',
      data: { order_service_reserve_id: id },
    })
  })

  it('copies every column of the order, the booking and the aunt', async () => {
    const reserve = await app.createOrderServiceReserve(booking)
    expect(reserve).toEqual({
      id: expect.any(Number),
      reservation_number: expect.stringMatching(/^YY\d{24}$/),
      order_id: 1,
      user_name: '𠮷田 惠',
      user_phone: '19900000001',
      service_id: 5,
      service_name: '深度保洁',
      to_door_address: '建国路88号阳光花园3栋1201室',
      residence_area: '北京市朝阳区',
      hours: 1.5,
      ...booking.reserve_times,
      aunt_id: 7,
      aunt_name: '阿依古丽·买买提',
      status: 1,
      is_fixed_aunt: 1,
      remark: booking.remark,
    })
    expect(await app.db.query('SELECT * FROM order_service_reserves')).toEqual([reserve])
  })

  it('fills in what neither the order nor the booking says', async () => {
    const reserve = await app.createOrderServiceReserve({ order_number: 'bare' })
    expect(reserve).toMatchObject({
      ...{ user_name: '', user_phone: '', service_id: 0, service_name: '', to_door_address: '' },
      ...{ residence_area: '', hours: 0, reservation_time: '', start_time: '', end_time: '' },
      ...{ aunt_id: 0, aunt_name: '', is_fixed_aunt: 0, remark: '' },
    })
    expect(await app.db.query('SELECT * FROM order_service_reserves')).toEqual([reserve])
  })

  it('refuses an unpaid order and leaves nothing behind', async () => {
    const refused = app.createOrderServiceReserve({ ...booking, order_number: 'unpaid' })
    await expect(refused).rejects.toThrow(new app.SystemException('待支付的订单不可以添加预约'))
    expect(await count('order_service_reserves')).toBe(0)
    expect(await left()).toBe(0)
  })

  it('does not refuse an aunt nobody knows', async () => {
    const reserve = await app.createOrderServiceReserve({ ...booking, aunt_id: 999 })
    expect(reserve).toMatchObject({ aunt_id: 0, aunt_name: '' })
    expect(await count('order_reserve_aunts')).toBe(0)
  })

  it('saves every aunt who comes, once', async () => {
    const { id } = await app.createOrderServiceReserve({ ...booking, aunt_ids: [8, 7, 999] })
    expect(await app.db.query('SELECT * FROM order_reserve_aunts ORDER BY aunt_id')).toEqual([
      { order_service_reserve_id: id, order_id: 1, aunt_id: 7, aunt_name: '阿依古丽·买买提' },
      { order_service_reserve_id: id, order_id: 1, aunt_id: 8, aunt_name: '孙秀英' },
    ])
  })

  it('leaves neither reservation, aunt nor job when the transaction fails at its commit', async () => {
    await app.db.execute(`CREATE TABLE broken (
      aunt INTEGER REFERENCES aunts (id) DEFERRABLE INITIALLY DEFERRED
    )`)
    await app.db.execute(`CREATE TRIGGER breaks_commit AFTER INSERT ON jobs BEGIN
      INSERT INTO broken VALUES (999);
    END`)
    try {
      await expect(app.createOrderServiceReserve(booking)).rejects.toThrow(/FOREIGN KEY/)
    } finally {
      await app.db.execute('DROP TRIGGER breaks_commit')
    }
    expect(await count('order_service_reserves')).toBe(0)
    expect(await count('order_reserve_aunts')).toBe(0)
    expect(await left()).toBe(0)
  })
})

describe('the notice job', () => {
  it('tells every enabled admin with an open id, records it, and is gone', async () => {
    const reserve = await app.createOrderServiceReserve(booking)
    await work(1)
    expect(notices(reserve)).toEqual(['open-id-1', 'open-id-4'])
    expect(await app.db.query('SELECT * FROM notices_sent ORDER BY open_id')).toEqual([
      { reservation_id: reserve.id, open_id: 'open-id-1' },
      { reservation_id: reserve.id, open_id: 'open-id-4' },
    ])
    expect(await left()).toBe(0)
  })

  it('deletes itself and returns when the reservation does not exist', async () => {
    const accepted = server.accepted
    const data = { order_service_reserve_id: 123_456 }
    await Queue.push('common/SendOrderReserveNoticeJob', data, 'reserve_notice')
    expect(await work(1)).toEqual([])
    expect(server.accepted).toBe(accepted)
    expect(await count('notice_failures')).toBe(0)
    expect(await Queue.size('reserve_notice')).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
  })

  it('locks nothing while the official account takes its time', async () => {
    const reserve = await app.createOrderServiceReserve(booking)
    onTheWay = async () => void (await app.db.execute('UPDATE aunts SET phone = phone'))
    expect(await work(1)).toEqual([])
    expect(notices(reserve)).toEqual(['open-id-1', 'open-id-4'])
  })

  it('answers to its PHP name', async () => {
    const reserve = await app.createOrderServiceReserve(booking)
    await work(1)
    await app.db.execute('DELETE FROM notices_sent')
    const data = { order_service_reserve_id: reserve.id }
    await Queue.push('app\\common\\job\\SendOrderReserveNoticeJob', data, 'reserve_notice')
    await work(1)
    expect(notices(reserve)).toEqual(['open-id-1', 'open-id-4', 'open-id-1', 'open-id-4'])
  })

  it.each([
    ['an error of the server', 1],
    ['an errcode in an answer of 200', 2],
  ])('tells only who is missing when it runs again after %s', async (_, failures) => {
    const reserve = await app.createOrderServiceReserve(booking)
    server.failNext('open-id-4', failures)
    expect(await work(failures)).toHaveLength(failures)
    expect(notices(reserve)).toEqual(['open-id-1'])
    expect(await left()).toBe(1)
    await work(1)
    expect(notices(reserve)).toEqual(['open-id-1', 'open-id-4'])
    expect(await left()).toBe(0)
  })

  it('says why it was given up', async () => {
    const reserve = await app.createOrderServiceReserve(booking)
    server.failNext('open-id-1', 1)
    await work(1, { tries: 1 })
    expect(await app.db.query('SELECT reservation_id, reason FROM notice_failures')).toEqual([
      { reservation_id: reserve.id, reason: expect.stringMatching(/official account/) },
    ])
    expect(await Queue.size('reserve_notice')).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 1 })
  })
})

describe('the stand-in', () => {
  it('accepts nothing without the token', async () => {
    const accepted = server.accepted
    const url = `${process.env.OFFICIAL_ACCOUNT_URL}/cgi-bin/message/template/send?access_token=wrong`
    const answer = await fetch(url, { method: 'POST', body: '{"touser":"open-id-1"}' })
    expect(await answer.json()).toMatchObject({ errcode: 40001 })
    expect(server.accepted).toBe(accepted)
  })
})
