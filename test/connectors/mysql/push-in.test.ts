import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type DatabaseConnector, databaseConnector } from '../../../src/connectors/database/index.ts'
import { onArrival } from '../../../src/connectors/database/wake.ts'
import { createDatabase, type Database } from '../../../src/database/index.ts'
import { someMysql, testMysql } from '../../mysql-server.ts'
import { elapsed, envelope, openStore, request, tempFile } from '../database-store.ts'
import { Tables } from './mysql-store.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())

function application(url = tables.url): Database {
  const database = createDatabase(url)
  onTestFinished(() => database.close())
  return database
}

test('a push through the transaction of the caller is there when that commits, and gone when it rolls back', async () => {
  const store = await tables.open()
  const database = application(tables.url.replace('127.0.0.1', 'localhost'))
  await database.execute(`CREATE TABLE ${tables.prefix}orders (id INT)`)
  const ids = await database.transaction(async (tx) => {
    await tx.execute(`INSERT INTO ${tables.prefix}orders VALUES (7)`)
    const pushed = await store.pushIn(tx, [envelope('q', '"in tx"')])
    expect(await store.reserve(request('q'))).toEqual([])
    return pushed
  })
  const failing = database.transaction(async (tx) => {
    await store.pushIn(tx, [envelope('q', '"undone"')])
    throw new Error('unpaid')
  })
  await expect(failing).rejects.toThrow('unpaid')
  expect(await store.reserve(request('q'))).toMatchObject([{ id: ids![0], body: '"in tx"' }])
})

test('a commit wakes those of this process who wait, a rollback nobody', async () => {
  const store = await tables.open()
  const database = application()
  let rings = 0
  onTestFinished(onArrival(await database.locate(), () => rings++))
  const failing = database.transaction(async (tx) => {
    await store.pushIn(tx, [envelope('q')])
    throw new Error('unpaid')
  })
  await expect(failing).rejects.toThrow('unpaid')
  expect(rings).toBe(0)
  await database.transaction(async (tx) => void (await store.pushIn(tx, [envelope('q')])))
  expect(rings).toBe(1)
})

test('tables that are missing are made beside the transaction, which DDL would end', async () => {
  const options = { dsn: tables.url, prefix: tables.prefix }
  const unopened = databaseConnector(options, { connection: 'c', root: '/' }) as DatabaseConnector
  onTestFinished(() => unopened.close())
  await tables.sql(`CREATE TABLE ${tables.prefix}orders (id INT)`)
  const failing = application().transaction(async (tx) => {
    await tx.execute(`INSERT INTO ${tables.prefix}orders VALUES (7)`)
    expect(await unopened.pushIn(tx, [envelope('q')])).toHaveLength(1)
    throw new Error('unpaid')
  })
  await expect(failing).rejects.toThrow('unpaid')
  expect(await tables.sql(`SELECT * FROM ${tables.prefix}orders`)).toEqual([])
  expect(await tables.sql(`SELECT * FROM ${tables.jobs}`)).toEqual([])
})

test('a connection of mysql2 takes part, with promises or callbacks, prepared or not', async () => {
  const store = await tables.open()
  const promising = await mysqlPromise.createConnection(tables.url)
  const calling = mysql.createConnection(tables.url)
  onTestFinished(async () => {
    await promising.end()
    calling.destroy()
  })
  const adapter = { execute: (sql: string, params: unknown[]) => promising.query(sql, params) }
  for (const tx of [promising, calling, adapter]) {
    const owner = tx === calling ? calling.promise() : promising
    await owner.beginTransaction()
    await store.pushIn(tx, [envelope('q', '"undone"')])
    await owner.rollback()
    await owner.beginTransaction()
    const ids = await store.pushIn(tx, [envelope('q', '"1"'), envelope('q', '"2"')])
    expect(await store.reserve(request('q'))).toEqual([])
    await owner.commit()
    const taken = await store.reserve(request('q'))
    expect(taken.map(({ id, body }) => [id, body])).toEqual([
      [ids![0], '"1"'],
      [ids![1], '"2"'],
    ])
  }
})

test('more jobs than a prepared statement has room for go in through one of somebody else', async () => {
  const server = await testMysql({ flags: ['--max-allowed-packet=256M'] })
  const store = databaseConnector({ dsn: server.url }, { connection: 'c', root: '/' }) as DatabaseConnector
  const connection = await mysqlPromise.createConnection(server.url)
  onTestFinished(() => Promise.all([connection.end(), store.close()]).then(() => undefined))
  await connection.beginTransaction()
  const batch = Array.from({ length: 40_000 }, (_, at) => envelope('many', String(at)))
  const ids = (await store.pushIn(connection, batch))!
  await connection.commit()
  const [row] = await server.sql('SELECT COUNT(*) AS n, MIN(id) AS first, MAX(id) AS last FROM test.jobs')
  expect(row).toEqual({ n: 40_000, first: Number(ids[0]), last: Number(ids.at(-1)) })
})

test('a push through a connection wakes those of this process who wait, to look for its commit', async () => {
  const store = await tables.open()
  const connection = await mysqlPromise.createConnection(tables.url)
  onTestFinished(() => connection.end())
  const waiting = store.wait(['q'], 5_000, new AbortController().signal)
  await connection.beginTransaction()
  await store.pushIn(connection, [envelope('q')])
  await connection.commit()
  expect(await elapsed(waiting)).toBeLessThan(1_000)
  expect(await store.reserve(request('q'))).toHaveLength(1)
})

test('a transaction on another database or another kind of it is somebody else’s', async () => {
  const store = await tables.open()
  const other = await someMysql()
  onTestFinished(() => other.stop())
  const file = tempFile()
  for (const database of [application(other.url), application(`sqlite:${file}`)])
    await database.transaction(async (tx) => {
      expect(await store.pushIn(tx, [envelope('q')])).toBeNull()
    })
  const embedded = await openStore(file)
  await application().transaction(async (tx) => {
    expect(await embedded.pushIn(tx, [envelope('q')])).toBeNull()
  })
})
