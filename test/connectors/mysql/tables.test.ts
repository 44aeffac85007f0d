import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type DatabaseConnector, databaseConnector } from '../../../src/connectors/database/index.ts'
import { testMysql } from '../../mysql-server.ts'
import { deletion, envelope, request } from '../database-store.ts'
import { openMysql, phpJobsTable, Tables } from './mysql-store.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())

async function indexes(table: string): Promise<readonly string[]> {
  const rows = await tables.sql(
    `SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
      FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ?
      GROUP BY index_name ORDER BY index_name`,
    [table],
  )
  return rows.map(({ columns }) => String(columns))
}

const wanted = ['id', 'queue,reserved,available_at,id']

test('rows are those think-queue writes: whole seconds, attempts from 0', async () => {
  const store = await tables.open()
  const now = 1_800_000_000_400
  await store.push([envelope('q'), envelope('q', '{"job":"Later"}', 100)], now)
  expect(await tables.sql(`SELECT * FROM ${tables.jobs}`)).toEqual([
    {
      id: 1,
      queue: 'q',
      payload: '{"job":"J","data":""}',
      attempts: 0,
      reserved: 0,
      reserved_at: null,
      available_at: 1_800_000_000,
      created_at: 1_800_000_000,
    },
    expect.objectContaining({ id: 2, available_at: 1_800_000_001, created_at: 1_800_000_000 }),
  ])
})

test('opening makes what is missing and leaves a table of PHP as it is; applying adds its index, once', async () => {
  await tables.sql(phpJobsTable(tables.jobs))
  const store = await tables.open()
  expect(await indexes(tables.jobs)).toEqual(['id'])
  await store.push([envelope('q')])
  await store.applySchema()
  await store.applySchema()
  expect([...(await indexes(tables.jobs))].sort()).toEqual(wanted)
  const [reservation] = await store.reserve(request('q'))
  expect(await store.settle([deletion(reservation!)])).toEqual([])
})

test('an index of the same columns by another name is enough, and one on leases is left alone', async () => {
  await tables.sql(phpJobsTable(tables.jobs))
  await tables.sql(
    `ALTER TABLE ${tables.jobs} ADD INDEX a (queue, reserved, available_at), ADD INDEX b (queue, reserved, reserved_at)`,
  )
  const store = await tables.open()
  await store.applySchema()
  const kept = ['id', 'queue,reserved,available_at', 'queue,reserved,reserved_at']
  expect([...(await indexes(tables.jobs))].sort()).toEqual(kept)
})

test('when somebody drops the index, one claim says so, and from then on rows are found without it', async () => {
  const store = await tables.open()
  await store.push([envelope('q', '1'), envelope('q', '2'), envelope('q', '3')])
  const one = request('q', undefined, 1)
  const [first] = await store.reserve(one)
  await tables.sql(`ALTER TABLE ${tables.jobs} DROP INDEX ${tables.jobs}_due`)
  await expect(store.exchange([deletion(first!)], one)).rejects.toThrow(/_due.*doesn't exist/)
  const { refused, reserved } = await store.exchange([deletion(first!)], one)
  expect([refused, reserved]).toMatchObject([[], [{ body: '2', attempts: 1 }]])
  await store.applySchema()
  expect(await store.reserve(one)).toMatchObject([{ body: '3' }])
})

test('the printed schema makes the tables that the connector uses', async () => {
  const options = { dsn: tables.url, table: 'work', prefix: tables.prefix }
  const printing = databaseConnector(options, { connection: 'c', root: '/' }) as DatabaseConnector
  const { jobs, failed } = printing.schema
  await tables.sql(`${jobs}${failed}`)
  const made = async () => {
    const [row] = await tables.sql(`SHOW CREATE TABLE ${tables.prefix}work`)
    return String(row?.['Create Table']).replace(/ AUTO_INCREMENT=\d+/, '')
  }
  const before = await made()
  const store = await openMysql(tables.url, options)
  await store.push([envelope('q')])
  expect(await store.reserve(request('q'))).toHaveLength(1)
  await store.applySchema()
  expect(await made()).toEqual(before)
})

test('who may not make tables is told what somebody else must run, and is content once it was', async () => {
  const server = await testMysql()
  await server.sql('CREATE USER worker; GRANT SELECT, INSERT, UPDATE, DELETE ON test.* TO worker')
  const url = server.urlOf('worker')
  const refused = databaseConnector({ dsn: url }, { connection: 'c', root: '/' }) as DatabaseConnector
  onTestFinished(() => refused.close())
  const failure = await refused.open().catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'DENIED', transient: false })
  expect(String(failure)).toMatch(/must run this first:\nCREATE TABLE IF NOT EXISTS `jobs` \(/)
  expect(refused.isTransient(failure)).toBe(false)
  await server.sql(`USE test; ${refused.schema.jobs}${refused.schema.failed}`)
  const store = await openMysql(url)
  await store.push([envelope('q')])
  expect(await store.reserve(request('q'))).toHaveLength(1)
  await store.cache.set('k', 'v')
})

test('a row that would reach 255 attempts is buried, on expiry, on release and as PHP left it', async () => {
  const store = await tables.open()
  const now = 1_800_000_000_000
  const bodies = ['"expires"', '"released"', '"given back"', '"full"']
  await store.push(
    bodies.map((body) => envelope('q', body)),
    now,
  )
  await tables.sql(`UPDATE ${tables.jobs} SET attempts = IF(payload = '"full"', 255, 254)`)
  const [expiring, released, givenBack, ...more] = await store.reserve(request('q', now))
  expect(more).toEqual([])
  expect(expiring?.attempts).toBe(255)
  const settlements = [
    { kind: 'release' as const, reservation: released!, delayMs: 0, spend: true },
    { kind: 'release' as const, reservation: givenBack!, delayMs: 0, spend: false },
  ]
  expect(await store.settle(settlements, now)).toEqual([])
  const later = await store.reserve(request('q', now + 120_000))
  expect(later.map(({ body, attempts }) => [body, attempts])).toEqual([['"given back"', 255]])
  const failed = await store.failed.all()
  expect(failed.map(({ body }) => body)).toEqual(['"expires"', '"released"', '"full"'])
  expect(failed[0]?.reason).toMatch(/attempts reached 255/)
})

test('a reserved row without a time, as a stranger may leave it, counts as expired', async () => {
  const store = await tables.open()
  await store.push([envelope('q')])
  await tables.sql(`UPDATE ${tables.jobs} SET reserved = 1, available_at = 1`)
  expect(await store.reserve(request('q'))).toMatchObject([{ attempts: 2 }])
})

test('table and prefix name the tables, and connections do not see the failed jobs of each other', async () => {
  const one = await tables.open({ table: 'work' }, 'one')
  const two = await tables.open({ table: 'play' }, 'two')
  for (const store of [one, two]) {
    await store.push([envelope('q')])
    const [reservation] = await store.reserve(request('q'))
    await store.settle([{ kind: 'bury', reservation: reservation!, reason: 'no' }])
  }
  expect((await one.failed.all()).map(({ connection }) => connection)).toEqual(['one'])
  expect(await one.failed.forget((await two.failed.all()).map(({ id }) => id))).toBe(0)
  expect(await one.failed.flush()).toBe(1)
  expect((await two.failed.all()).map(({ connection }) => connection)).toEqual(['two'])
})

test('a due row that PHP holds is passed over, and taken when PHP lets go', async () => {
  const store = await tables.open()
  await store.push([envelope('q', '"first"'), envelope('q', '"second"')])
  await tables.sql(`START TRANSACTION; SELECT * FROM ${tables.jobs} WHERE id = 1 FOR UPDATE`)
  expect((await store.reserve(request('q'))).map(({ body }) => body)).toEqual(['"second"'])
  await tables.sql('ROLLBACK')
  expect((await store.reserve(request('q'))).map(({ body }) => body)).toEqual(['"first"'])
})

test('what another connection puts before the last claimed row is found when nothing is left behind it', async () => {
  const store = await tables.open()
  const now = 1_800_000_000_000
  await store.push([envelope('q', '"first"'), envelope('q', '"second"')], now)
  expect(await store.reserve(request('q', now, 1))).toMatchObject([{ body: '"first"' }])
  await tables.sql(`INSERT INTO ${tables.jobs} (queue, payload, attempts, reserved, available_at, created_at)
    VALUES ('q', '"committed late"', 0, 0, 1, 1)`)
  expect(await store.reserve(request('q', now, 1))).toMatchObject([{ body: '"second"' }])
  expect(await store.reserve(request('q', now, 1))).toMatchObject([{ body: '"committed late"' }])
})

test('a lease that began in a second in which none had ended ends too, also when the clock was set back', async () => {
  const store = await tables.open()
  const now = 1_800_000_100_000
  await store.push([envelope('q')], now - 60_000)
  await tables.sql(`UPDATE ${tables.jobs} SET queue = 'elsewhere'`)
  await store.push([envelope('q', '"other"')], now)
  expect(await store.reserve(request('q', now))).toMatchObject([{ body: '"other"' }])
  await tables.sql(`UPDATE ${tables.jobs} SET queue = 'q' WHERE queue = 'elsewhere'`)
  const [early] = await store.reserve(request('q', now - 60_000))
  expect(early?.attempts).toBe(1)
  const again = await store.reserve(request('q', now))
  expect(again).toMatchObject([{ id: early?.id, attempts: 2 }])
})

test('values whose time is over are removed now and then, and no others', async () => {
  const store = await tables.open()
  await store.cache.add('over', '1', 1_000)
  await store.cache.set('lasting', '1')
  await store.cache.set('living', '1', 3_600_000)
  const random = Math.random
  Math.random = () => 0
  try {
    await store.cache.add('new', '1', 3_600_000, Date.now() + 2_000)
  } finally {
    Math.random = random
  }
  const rows = await tables.sql(
    `SELECT CONVERT(name USING utf8mb4) AS name FROM ${tables.prefix}queue_cache ORDER BY name`,
  )
  expect(rows.map(({ name }) => name)).toEqual(['lasting', 'living', 'new'])
})
