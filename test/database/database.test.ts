import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDatabase, type Database } from '../../src/database/index.ts'
import { tempFolder } from './temp-folder.ts'

async function withTable(ddl: string): Promise<Database> {
  const database = createDatabase(join(tempFolder(), 'app.sqlite'))
  onTestFinished(() => database.close())
  await database.execute(ddl)
  return database
}

test('the folder of the file is made when it is missing', async () => {
  const file = join(tempFolder(), 'some', 'where', 'app.sqlite')
  const database = createDatabase(`sqlite:${file}`)
  await database.query('SELECT 1')
  await database.close()
  expect(existsSync(file)).toBe(true)
})

test('a folder in place of the file is refused', async () => {
  const database = createDatabase(tempFolder())
  await expect(database.query('SELECT 1')).rejects.toMatchObject({
    name: 'StoreError',
    code: 'CANTOPEN',
    transient: false,
    message: expect.stringContaining('is a folder'),
  })
})

test('values come back as they went in, whole numbers as integers', async () => {
  const database = await withTable('CREATE TABLE t (v, text TEXT)')
  const values = ['中文 🚀', '', 7, -0.5, 2 ** 53 - 1, 2n ** 62n, -(2n ** 63n), true, false, null]
  for (const value of values) await database.execute('INSERT INTO t (v, text) VALUES (?, ?)', [value, 12])
  const rows = await database.query<{ v: unknown; type: string; text: string }>(
    'SELECT v, typeof(v) AS type, text FROM t ORDER BY rowid',
  )
  expect(rows.map(({ v }) => v)).toEqual(values.map((v) => (typeof v === 'boolean' ? Number(v) : v)))
  expect(rows[2]?.type).toBe('integer')
  expect(rows[0]?.text).toBe('12')
})

test('bytes come back as bytes', async () => {
  const database = await withTable('CREATE TABLE t (v BLOB)')
  await database.execute('INSERT INTO t VALUES (?)', [new Uint8Array([0, 255, 1])])
  const [row] = await database.query<{ v: Uint8Array }>('SELECT v FROM t')
  expect(row?.v).toBeInstanceOf(Uint8Array)
  expect([...(row?.v ?? [])]).toEqual([0, 255, 1])
})

test('a value that cannot be stored is refused by name and harms nothing', async () => {
  const database = await withTable('CREATE TABLE t (v)')
  const bad = [undefined, Number.NaN, Infinity, new Date(0), {}, [1], Symbol.iterator, 2n ** 63n]
  for (const value of bad)
    await expect(
      database.execute('INSERT INTO t VALUES (?, ?)', ['ok', value as never]),
    ).rejects.toMatchObject({ code: 'PARAMETER', message: expect.stringContaining('parameter 2') })
  expect(await database.query('SELECT * FROM t')).toEqual([])
})

test('execute answers what it changed and the id it made', async () => {
  const database = await withTable('CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v)')
  expect(await database.execute("INSERT INTO t (v) VALUES ('a'), ('b')")).toEqual({
    affectedRows: 2,
    insertId: 2,
  })
  expect(await database.execute('UPDATE t SET v = ?', ['c'])).toEqual({ affectedRows: 2, insertId: 0 })
  const returning = await database.execute("INSERT INTO t (v) VALUES ('d') RETURNING id")
  expect(returning).toEqual({ affectedRows: 1, insertId: 3 })
  expect(await database.query('DELETE FROM t WHERE id > 1 RETURNING id')).toEqual([{ id: 2 }, { id: 3 }])
})

test('an insert that inserted nothing made no id', async () => {
  const database = await withTable('CREATE TABLE t (id INTEGER PRIMARY KEY)')
  await database.execute('INSERT INTO t VALUES (7)')
  const nothing = { affectedRows: 0, insertId: 0 }
  expect(await database.execute('INSERT OR IGNORE INTO t VALUES (7)')).toEqual(nothing)
})

test('a WITH that only reads waits for no writer, one that writes is a transaction of its own', async () => {
  const database = await withTable('CREATE TABLE t (v)')
  await database.transaction(async () => {
    expect(await database.query('WITH a AS (SELECT 1 AS v) SELECT v FROM a')).toEqual([{ v: 1 }])
  })
  const written = await database.execute('WITH a AS (SELECT 2 AS v) INSERT INTO t SELECT v FROM a')
  expect(written.affectedRows).toBe(1)
})

test('a mistake in the SQL is not transient, and neither is a broken constraint', async () => {
  const database = await withTable('CREATE TABLE t (id INTEGER PRIMARY KEY, parent REFERENCES t (id))')
  await expect(database.query('SELEC 1')).rejects.toMatchObject({ code: 'SQL', transient: false })
  await expect(database.execute('INSERT INTO t VALUES (1, 99)')).rejects.toMatchObject({
    name: 'StoreError',
    code: 'CONSTRAINT',
    transient: false,
  })
  expect(await database.query('SELECT * FROM t')).toEqual([])
})

test('more statements than are kept prepared all work', async () => {
  const database = await withTable('CREATE TABLE t (v)')
  for (let round = 0; round < 2; round++)
    for (let i = 0; i < 150; i++) expect(await database.query(`SELECT ${i} AS v`)).toEqual([{ v: i }])
})

test('explaining a statement holds no lock afterwards', async () => {
  const file = join(tempFolder(), 'app.sqlite')
  const database = createDatabase({ url: file, busyMs: 500 })
  const other = createDatabase({ url: file, busyMs: 500 })
  onTestFinished(() => Promise.all([database.close(), other.close()]).then(() => undefined))
  await database.execute('CREATE TABLE t (v)')
  expect(await database.query('EXPLAIN QUERY PLAN DELETE FROM t WHERE v = ?', [1])).toHaveLength(1)
  await database.transaction(async (tx) => {
    await tx.query('EXPLAIN DELETE FROM t')
    await tx.execute('INSERT INTO t VALUES (1)')
  })
  expect((await other.execute('DELETE FROM t')).affectedRows).toBe(1)
})

test('every commit is on the disk when it returns, and foreign keys are kept', async () => {
  const database = await withTable('CREATE TABLE t (v)')
  expect(await database.query('PRAGMA synchronous')).toEqual([{ synchronous: 2 }])
  expect(await database.query('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }])
})

test('closing twice is fine, and later calls reject', async () => {
  const database = await withTable('CREATE TABLE t (v)')
  await Promise.all([database.close(), database.close()])
  const closed = { name: 'StoreError', code: 'CLOSED', transient: false }
  await expect(database.query('SELECT 1')).rejects.toMatchObject(closed)
  await expect(database.execute('DELETE FROM t')).rejects.toMatchObject(closed)
  await expect(database.transaction(async () => 1)).rejects.toMatchObject(closed)
})
