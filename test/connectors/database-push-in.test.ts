import { expect, onTestFinished, test } from 'vitest'
import { onArrival } from '../../src/connectors/database/wake.ts'
import { createDatabase, type Transaction } from '../../src/database/index.ts'
import { type BoundValue, sqliteDriver } from '../../src/database/sqlite/driver.ts'
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

test('a transaction on another file is somebody else’s, and what is no transaction is refused', async () => {
  const file = tempFile()
  const store = await openStore(file)
  const elsewhere = application(tempFile())
  await elsewhere.transaction(async (tx) => {
    expect(await store.pushIn(tx, [envelope('q')])).toBeNull()
  })
  for (const stranger of [null, undefined, 7, 'tx', {}, { location: file }, elsewhere, application(file)])
    await expect(store.pushIn(stranger, [envelope('q')])).rejects.toMatchObject({ code: 'TX_UNUSABLE' })
  const silent = store.pushIn({ execute: async () => {} }, [envelope('q')])
  await expect(silent).rejects.toMatchObject({
    code: 'TX_UNKNOWN',
    message: expect.stringContaining('execute answered no rows to a SELECT'),
  })
  const failing = store.pushIn({ execute: () => Promise.reject(new Error('no such server')) }, [
    envelope('q'),
  ])
  await expect(failing).rejects.toThrow(/could not be asked \(no such server\)/)
})

test('a transaction of another library on the same file takes part, and one on another file does not', async () => {
  const file = tempFile()
  const store = await openStore(file)
  for (const [path, isHere] of [
    [file, true],
    [tempFile(), false],
  ] as const) {
    const { connection, tx } = await foreignTransaction(path)
    const begin = () => connection.exec('BEGIN IMMEDIATE')
    begin()
    if (isHere) expect(await store.pushIn(tx, [envelope('q')])).toHaveLength(1)
    connection.exec('ROLLBACK')
    begin()
    const ids = await store.pushIn(tx, [envelope('q', '"1"'), envelope('q', '"2"')])
    if (!isHere) expect(ids).toBeNull()
    connection.exec('COMMIT')
    if (isHere) {
      const taken = await store.reserve(request('q'))
      expect(taken.map(({ id, body }) => [id, body])).toEqual([
        [ids![0], '"1"'],
        [ids![1], '"2"'],
      ])
    }
  }
})

/** A connection that is none of ours, by the same SQLite: two in one process undo each other's locks. */
async function foreignTransaction(file: string) {
  const connection = (await sqliteDriver()).connect(file)
  onTestFinished(() => connection.close())
  const execute = (sql: string, params: BoundValue[]) => {
    const statement = connection.prepare(sql)
    return Promise.resolve(statement.reader ? statement.all(params) : statement.run(params))
  }
  return { connection, tx: { execute } }
}

test('a transaction that is over takes no job', async () => {
  const file = tempFile()
  const store = await openStore(file)
  let kept: Transaction | undefined
  await application(file).transaction(async (tx) => {
    kept = tx
  })
  await expect(store.pushIn(kept, [envelope('q')])).rejects.toMatchObject({ code: 'TRANSACTION_OVER' })
})
