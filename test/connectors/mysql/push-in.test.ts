import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type DatabaseConnector, databaseConnector } from '../../../src/connectors/database/index.ts'
import { onArrival } from '../../../src/connectors/database/wake.ts'
import { createDatabase, type Database } from '../../../src/database/index.ts'
import { someMysql } from '../../mysql-server.ts'
import { envelope, openStore, request, tempFile } from '../database-store.ts'
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
