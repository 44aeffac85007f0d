import { expect, onTestFinished, test } from 'vitest'
import { type DatabaseConnector, databaseConnector } from '../../src/connectors/database/index.ts'
import { ConfigError } from '../../src/contract/errors.ts'
import { createDatabase, type Database } from '../../src/database/index.ts'
import { deletion, envelope, openStore, request, tempFile } from './database-store.ts'

const now = 1_800_000_000_400

function look(file: string): Database {
  const database = createDatabase(file)
  onTestFinished(() => database.close())
  return database
}

test('rows are those think-queue writes: whole seconds, attempts from 0', async () => {
  const file = tempFile()
  const store = await openStore(file)
  await store.push([envelope('q'), envelope('q', '{"job":"Later"}', 100)], now)
  expect(await look(file).query('SELECT * FROM jobs')).toEqual([
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

test('table and prefix name the tables, and connections do not see the failed jobs of each other', async () => {
  const file = tempFile()
  const one = await openStore(file, { table: 'work', prefix: 'shop_' }, 'one')
  const two = await openStore(file, { table: 'play', prefix: 'shop_' }, 'two')
  for (const store of [one, two]) {
    await store.push([envelope('q')])
    const [reservation] = await store.reserve(request('q'))
    await store.settle([{ kind: 'bury', reservation: reservation!, reason: 'no' }])
  }
  expect((await one.failed.all()).map(({ connection }) => connection)).toEqual(['one'])
  expect(await one.failed.forget((await two.failed.all()).map(({ id }) => id))).toBe(0)
  expect(await one.failed.flush()).toBe(1)
  expect((await two.failed.all()).map(({ connection }) => connection)).toEqual(['two'])
  const tables = await look(file).query<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'shop%' ORDER BY name",
  )
  expect(tables.map(({ name }) => name)).toEqual([
    'shop_failed_jobs',
    'shop_play',
    'shop_queue_cache',
    'shop_queue_once',
    'shop_work',
  ])
})

test('names of tables that are no identifiers are refused', () => {
  const surroundings = { connection: 'c', root: '/' }
  for (const options of [
    { table: 'jobs"; DROP TABLE users; --' },
    { table: '' },
    { table: '1st' },
    { table: 'failed_jobs' },
    { prefix: 'a-' },
    { prefix: 'x'.repeat(49) },
    { table: 7 as never },
  ])
    expect(() => databaseConnector({ dsn: 'sqlite:q', ...options }, surroundings)).toThrow(ConfigError)
})

test('a dsn that says nothing usable is refused kindly', () => {
  const surroundings = { connection: 'c', root: '/' }
  const make = (dsn: never) => () => databaseConnector({ dsn }, surroundings)
  expect(make('' as never)).toThrow(
    /write dsn: "sqlite:\.\/queue\.sqlite" or "mysql:.*", or set DATABASE_URL/,
  )
  expect(make({} as never)).toThrow(/"dsn" is empty/)
  expect(make({ charset: 'utf8' } as never)).toThrow(/"dsn" names neither a url nor a host/)
  expect(make({ host: 'db' } as never)).toThrow(/names no database/)
  expect(make('mysql://u:p@h' as never)).toThrow(/names no database/)
})

test('the printed schema makes the tables that the connector uses', async () => {
  const file = tempFile()
  const database = look(file)
  const options = { dsn: `sqlite:${file}`, table: 'work', prefix: 'my_' }
  const printing = databaseConnector(options, { connection: 'c', root: '/' }) as DatabaseConnector
  const { jobs, failed } = printing.schema
  for (const sql of `${jobs}${failed}`.split(';\n').filter((each) => each !== '')) await database.execute(sql)
  const before = await database.query('SELECT * FROM sqlite_master')
  const store = await openStore(file, { table: 'work', prefix: 'my_' })
  await store.push([envelope('q')])
  expect(await store.reserve(request('q'))).toHaveLength(1)
  expect(await database.query('SELECT * FROM sqlite_master')).toEqual(before)
})

test('a payload that a stranger stored as bytes that are no text is delivered lossily and buried with its bytes', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const database = look(file)
  const insert = (value: string) =>
    database.execute(`INSERT INTO jobs (queue, payload, attempts, reserved, available_at, created_at)
      VALUES ('q', ${value}, 0, 0, 0, 0)`)
  await insert("x'7b22ff226100'")
  await insert("CAST(x'7b22ff226100' AS TEXT)")
  const reserved = await store.reserve(request('q'))
  expect(reserved.map(({ body }) => body)).toEqual(['{"\ufffd"a\0', '{"\ufffd"a\0'])
  const buried = reserved.map((reservation) => ({ kind: 'bury' as const, reservation, reason: 'unreadable' }))
  expect(await store.settle(buried)).toEqual([])
  expect((await store.failed.all()).map(({ body }) => body)).toEqual(['{"\ufffd"a\0', '{"\ufffd"a\0'])
  const kept = await database.query('SELECT hex(payload) AS hex FROM failed_jobs')
  expect(kept).toEqual([{ hex: '7B22FF226100' }, { hex: '7B22FF226100' }])
  await store.failed.retry((await store.failed.all()).map(({ id }) => id))
  const back = await database.query('SELECT hex(payload) AS hex, attempts FROM jobs')
  expect(back).toEqual(kept.map((row) => ({ ...row, attempts: 0 })))
})

test('a row that would reach 255 attempts is buried, on expiry and on release', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const database = look(file)
  await store.push(
    [envelope('q', '"expires"'), envelope('q', '"released"'), envelope('q', '"given back"')],
    now,
  )
  await database.execute('UPDATE jobs SET attempts = 254')
  const [expiring, released, givenBack] = await store.reserve(request('q', now))
  expect(expiring?.attempts).toBe(255)
  const settlements = [
    { kind: 'release' as const, reservation: released!, delayMs: 0, spend: true },
    { kind: 'release' as const, reservation: givenBack!, delayMs: 0, spend: false },
  ]
  expect(await store.settle(settlements, now)).toEqual([])
  const later = await store.reserve(request('q', now + 120_000))
  expect(later.map(({ body, attempts }) => [body, attempts])).toEqual([['"given back"', 255]])
  const failed = await store.failed.all()
  expect(failed.map(({ body }) => body)).toEqual(['"expires"', '"released"'])
  expect(failed[0]?.reason).toMatch(/attempts reached 255/)
})

test('a lease is never shorter than was asked for, though the table knows only whole seconds', async () => {
  const store = await openStore(tempFile())
  await store.push([envelope('q')], now)
  const short = { queues: ['q'], limit: 1, expireMs: 1_000 }
  expect(await store.reserve({ ...short, now })).toHaveLength(1)
  expect(await store.reserve({ ...short, now: now + 999 })).toHaveLength(0)
  expect(await store.reserve({ ...short, now: now + 2_000 })).toHaveLength(1)
})

test('an id never returns, neither after deletion nor after a retry', async () => {
  const store = await openStore(tempFile())
  const seen = new Set<string>()
  for (let round = 0; round < 3; round++) {
    const [id] = await store.push([envelope('q')])
    expect(seen.has(id!)).toBe(false)
    seen.add(id!)
    const [reservation] = await store.reserve(request('q'))
    await store.settle([{ kind: 'bury', reservation: reservation!, reason: 'no' }])
    await store.failed.retry((await store.failed.all()).map((each) => each.id))
    const [again] = await store.reserve(request('q'))
    expect(seen.has(again!.id)).toBe(false)
    seen.add(again!.id)
    await store.settle([deletion(again!)])
  }
})

test('a push repeated with its token stores the job once', async () => {
  const store = await openStore(tempFile())
  const batch = [
    { ...envelope('q', '"a"'), token: 't1' },
    { ...envelope('q', '"b"'), token: 't2' },
  ]
  const ids = await store.push(batch, now)
  const more = [...batch, { ...envelope('q', '"c"'), token: 't3' }]
  expect(await store.push(more, now + 1_000)).toEqual([...ids, '3'])
  const twoDaysOn = now + 2 * 86_400_000
  expect(await store.push([batch[0]!], twoDaysOn)).toEqual(['4'])
  expect((await store.size('q', twoDaysOn)).ready).toBe(4)
})

test('the later of two settlements of one delivery in a batch is refused', async () => {
  const store = await openStore(tempFile())
  await store.push([envelope('q')])
  const [reservation] = await store.reserve(request('q'))
  const release = { kind: 'release' as const, reservation: reservation!, delayMs: 0, spend: true }
  expect(await store.settle([release, deletion(reservation!)])).toEqual([deletion(reservation!)])
  expect((await store.size('q')).reserved).toBe(0)
})

test('calls after close reject, and the error is no passing trouble', async () => {
  const store = await openStore(tempFile())
  await store.close()
  await store.close()
  const failure = await store.push([envelope('q')]).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'CLOSED' })
  expect(store.isTransient(failure)).toBe(false)
  await expect(store.failed.all()).rejects.toMatchObject({ code: 'CLOSED' })
  await expect(store.cache.get('k')).rejects.toMatchObject({ code: 'CLOSED' })
})

test('values whose time is over are removed from the file now and then', async () => {
  const file = tempFile()
  const store = await openStore(file)
  await store.cache.add('over', '1', 1_000)
  await store.cache.set('lasting', '1')
  const random = Math.random
  Math.random = () => 0
  try {
    await store.cache.add('new', '1', 3_600_000, Date.now() + 2_000)
  } finally {
    Math.random = random
  }
  expect(await look(file).query('SELECT name FROM queue_cache ORDER BY name')).toEqual([
    { name: 'lasting' },
    { name: 'new' },
  ])
})
