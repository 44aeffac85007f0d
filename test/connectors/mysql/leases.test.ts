import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { DatabaseConnector } from '../../../src/connectors/database/index.ts'
import { MysqlDialect } from '../../../src/connectors/database/mysql.ts'
import { tableNames } from '../../../src/connectors/database/options.ts'
import type { Reservation, Settlement } from '../../../src/contract/connector.ts'
import { databaseOf } from '../../../src/database/create.ts'
import type { MysqlDatabase } from '../../../src/database/mysql/mysql-database.ts'
import { testMysql } from '../../mysql-server.ts'
import { deletion, envelope, request } from '../database-store.ts'
import { openMysql, Tables } from './mysql-store.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())

const now = 1_800_000_000_000
const asked = (at: number, expireMs: number, limit = 10) => ({ ...request('q', at, limit), expireMs })
/** As a stranger does it. */
const reserving = (id: number, atMs: number) =>
  tables.sql(`UPDATE ${tables.jobs} SET reserved = 1, reserved_at = ?, available_at = 1 WHERE id = ?`, [
    atMs / 1000,
    id,
  ])

/** A store that has just looked at the leases of its queue and knows of none; its jobs are delayed for long. */
async function lookedAt(jobs: number, expireMs: number): Promise<DatabaseConnector> {
  const store = await tables.open()
  await store.push(
    Array.from({ length: jobs }, () => envelope('q', '{}', 3_600_000)),
    now,
  )
  expect(await store.reserve(asked(now, expireMs))).toEqual([])
  return store
}

describe('a lease that began behind our back', () => {
  test('ends on time when it began after we had looked', async () => {
    const store = await lookedAt(1, 3_000)
    await reserving(1, now)
    expect(await store.reserve(asked(now + 2_999, 3_000))).toEqual([])
    expect(await store.reserve(asked(now + 3_000, 3_000))).toMatchObject([{ id: '1', attempts: 2 }])
  })

  test('ends on time when it was committed only after we had looked', async () => {
    const store = await lookedAt(1, 3_000)
    await reserving(1, now - 2_000)
    expect(await store.reserve(asked(now + 999, 3_000))).toEqual([])
    expect(await store.reserve(asked(now + 1_000, 3_000))).toMatchObject([{ id: '1', attempts: 2 }])
  })

  test('by a clock that is far behind ends within ten seconds', async () => {
    const store = await lookedAt(1, 60_000)
    await reserving(1, now - 60_000)
    expect(await store.reserve(asked(now + 9_000, 60_000))).toEqual([])
    expect(await store.reserve(asked(now + 10_000, 60_000))).toMatchObject([{ id: '1', attempts: 2 }])
  })

  test('the same while every turn settles a job and reserves one', async () => {
    const store = await tables.open()
    await store.push(
      Array.from({ length: 4 }, () => envelope('q')),
      now,
    )
    await reserving(4, now + 1_000_000)
    const turn = async (job: Reservation | undefined, at: number) =>
      (await store.exchange([deletion(job!)], asked(at, 60_000, 1))).reserved[0]
    const [first] = await store.reserve(asked(now, 60_000, 1))
    await reserving(4, now - 60_000)
    const second = await turn(first, now + 9_000)
    const third = await turn(second, now + 9_999)
    expect([second?.id, third?.id]).toEqual(['2', '3'])
    expect(await turn(third, now + 10_000)).toMatchObject({ id: '4', attempts: 2 })
  })

  test('or was our own, when our clock had been set back, ends on time', async () => {
    const store = await lookedAt(1, 3_000)
    await tables.sql(`UPDATE ${tables.jobs} SET available_at = 1`)
    expect(await store.reserve(asked(now - 5_000, 3_000))).toMatchObject([{ attempts: 1 }])
    expect(await store.reserve(asked(now, 3_000))).toMatchObject([{ attempts: 2 }])
  })

  test('counts for a reader whose leases are shorter than those of the one before him, and not the other way round', async () => {
    const store = await lookedAt(1, 60_000)
    await reserving(1, now)
    expect(await store.reserve(asked(now + 5_000, 60_000))).toEqual([])
    expect(await store.reserve(asked(now + 5_000, 6_000))).toEqual([])
    expect(await store.reserve(asked(now + 5_000, 60_000))).toEqual([])
    expect(await store.reserve(asked(now + 5_000, 5_000))).toMatchObject([{ id: '1', attempts: 2 }])
  })
})

test('a job whose lease ended but whose row somebody holds is looked at again a second later, and not before', async () => {
  const database = databaseOf({ url: tables.url }, 'queue') as MysqlDatabase
  const dialect = new MysqlDialect(tableNames('jobs', tables.prefix), () => database.facts)
  const store = new DatabaseConnector(database, dialect, 'main')
  onTestFinished(() => store.close())
  await store.push([envelope('q', '{}', 3_600_000)], now)
  await reserving(1, now)
  await tables.sql(`START TRANSACTION; SELECT * FROM ${tables.jobs} WHERE id = 1 FOR UPDATE`)
  expect(await store.reserve(asked(now + 60_000, 60_000))).toEqual([])
  const outlook = await dialect.outlook(database, ['q'], 60_000, now + 60_000)
  expect(outlook.leasedAt).toBe(now / 1000 + 1)
  await tables.sql('ROLLBACK')
  expect(await store.reserve(asked(now + 61_000, 60_000))).toMatchObject([{ id: '1', attempts: 2 }])
})

test('a lease that is renewed between finding and locking its row holds, on a server that cannot skip locked rows', async () => {
  const server = await testMysql()
  const database = databaseOf({ url: server.url }, 'queue') as MysqlDatabase
  const facts = () => ({ ...database.facts, skipsLocked: false })
  const store = new DatabaseConnector(database, new MysqlDialect(tableNames('jobs'), facts), 'main')
  onTestFinished(() => store.close())
  await store.push([envelope('q')], now)
  await store.reserve(asked(now, 60_000))
  await server.sql('USE test; START TRANSACTION')
  await server.sql('UPDATE jobs SET reserved_at = ?', [now / 1000 + 50])
  const reserving = store.reserve(asked(now + 60_000, 60_000))
  const waiting = "SELECT COUNT(*) AS count FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
  // The server makes that table anew when nobody has read it for a tenth of a second.
  await expect.poll(async () => Number((await server.sql(waiting))[0]?.count), { interval: 150 }).toBe(1)
  await server.sql('COMMIT')
  expect(await reserving).toEqual([])
})

test('leases of more jobs than are taken at once end all', async () => {
  const store = await tables.open()
  await store.push(
    Array.from({ length: 1_200 }, () => envelope('q')),
    now,
  )
  expect(await store.reserve(asked(now, 60_000, 1_200))).toHaveLength(1_200)
  const back: Reservation[] = []
  for (let turn = 0; turn < 3; turn++) back.push(...(await store.reserve(asked(now + 60_000, 60_000, 1_000))))
  expect(new Set(back.filter(({ attempts }) => attempts === 2).map(({ id }) => id)).size).toBe(1_200)
})

test('four workers that lose every third lease settle every job once, and none hears of a deadlock', {
  timeout: 60_000,
}, async () => {
  const server = await testMysql()
  const stores = await Promise.all(Array.from({ length: 4 }, () => openMysql(server.url)))
  const jobs = 2_000
  await stores[0]!.push(
    Array.from({ length: jobs }, () => envelope('q')),
    now,
  )
  const done: string[] = []
  let at = now
  const work = async (store: DatabaseConnector) => {
    let batch: readonly Settlement[] = []
    while (done.length < jobs) {
      at += 50
      const { refused, reserved } = await store.exchange(batch, asked(at, 2_000, 50))
      const theirs = new Set(refused)
      done.push(...batch.filter((each) => !theirs.has(each)).map((each) => each.reservation.id))
      batch = reserved.filter(() => Math.random() > 1 / 3).map(deletion)
    }
  }
  await Promise.all(stores.map(work))
  expect(done.length).toBe(jobs)
  expect(new Set(done).size).toBe(jobs)
  const [status] = await server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
  console.info(`${status?.Value} deadlocks were undone and repeated`)
})
