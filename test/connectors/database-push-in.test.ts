import { expect, onTestFinished, test } from 'vitest'
import { onArrival } from '../../src/connectors/database/wake.ts'
import { createDatabase, type Transaction } from '../../src/database/index.ts'
import { envelope, openStore, request, tempFile } from './database-store.ts'

function application(file: string) {
  const database = createDatabase(file)
  onTestFinished(() => database.close())
  return database
}

test('a push through the transaction of the caller is seen when that commits', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const database = application(file)
  await database.execute('CREATE TABLE orders (id INTEGER)')
  const ids = await database.transaction(async (tx) => {
    await tx.execute('INSERT INTO orders VALUES (7)')
    const pushed = await store.pushIn(tx, [envelope('q', '"in tx"')])
    expect(await store.reserve(request('q'))).toEqual([])
    return pushed
  })
  const [reservation] = await store.reserve(request('q'))
  expect([reservation?.id]).toEqual(ids)
  expect(reservation?.body).toBe('"in tx"')
})

test('a rollback leaves no job', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const failing = application(file).transaction(async (tx) => {
    await store.pushIn(tx, [envelope('q')])
    throw new Error('unpaid')
  })
  await expect(failing).rejects.toThrow('unpaid')
  expect(await store.size('q')).toMatchObject({ ready: 0, reserved: 0 })
})

test('a commit wakes those of this process who wait, a rollback nobody', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const database = application(file)
  let rings = 0
  onTestFinished(onArrival(database.location, () => rings++))
  const failing = database.transaction(async (tx) => {
    await store.pushIn(tx, [envelope('q')])
    throw new Error('unpaid')
  })
  await expect(failing).rejects.toThrow('unpaid')
  expect(rings).toBe(0)
  await database.transaction(async (tx) => {
    await store.pushIn(tx, [envelope('q')])
    expect(rings).toBe(0)
  })
  expect(rings).toBe(1)
})

test('the tables are made in the transaction when they are missing, and again after a rollback', async () => {
  const file = tempFile()
  const store = await openStore(tempFile())
  const fresh = await openStore(file)
  const database = application(file)
  for (const table of ['jobs', 'failed_jobs', 'queue_cache', 'queue_once'])
    await database.execute(`DROP TABLE ${table}`)
  const failing = database.transaction(async (tx) => {
    expect(await fresh.pushIn(tx, [envelope('q')])).toHaveLength(1)
    expect(await store.pushIn(tx, [envelope('q')])).toBeNull()
    throw new Error('unpaid')
  })
  await expect(failing).rejects.toThrow('unpaid')
  await database.transaction(async (tx) => void (await fresh.pushIn(tx, [envelope('q')])))
  expect(await fresh.reserve(request('q'))).toHaveLength(1)
})

test('anything that is no transaction on this file is somebody else’s', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const elsewhere = application(tempFile())
  await elsewhere.transaction(async (tx) => {
    expect(await store.pushIn(tx, [envelope('q')])).toBeNull()
  })
  const strangers = [null, undefined, 7, 'tx', {}, { execute: async () => {} }, { location: file }]
  for (const stranger of strangers) expect(await store.pushIn(stranger, [envelope('q')])).toBeNull()
})

test('a transaction that is over takes no job', async () => {
  const file = tempFile()
  const store = await openStore(file)
  let kept: Transaction | undefined
  await application(file).transaction(async (tx) => {
    kept = tx
  })
  await expect(store.pushIn(kept, [envelope('q')])).rejects.toMatchObject({ code: 'TRANSACTION_OVER' })
})
