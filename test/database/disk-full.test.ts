import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DatabaseConnector, databaseConnector } from '../../src/connectors/database/index.ts'
import type { Settlement } from '../../src/contract/connector.ts'
import { createDatabase } from '../../src/database/index.ts'
import { mountDisk } from '../small-disk.ts'
import { ownJournalMode } from './modern-node.ts'
import { tempFolder } from './temp-folder.ts'

/** A small disk, or the reason why this machine gives none. */
function smallDisk(megabytes: number): { readonly folder: string } | { readonly reason: string } {
  const folder = tempFolder()
  const disk = mountDisk(folder, megabytes)
  if ('reason' in disk) return disk
  onTestFinished(() => disk.unmount())
  return { folder }
}

const full = { name: 'StoreError', code: 'FULL', transient: true }

function envelope(bytes: number) {
  return { id: 'tq', queue: 'q', job: 'J', body: JSON.stringify({ data: 'x'.repeat(bytes) }), delayMs: 0 }
}

test('a full disk is a typed, transient error of push, and pushing works again when there is space', async ({
  skip,
}) => {
  const disk = smallDisk(16)
  if ('reason' in disk) {
    console.log(`no small disk can be mounted here, the page limit below stands in for it: ${disk.reason}`)
    return skip(disk.reason)
  }
  const ballast = join(disk.folder, 'ballast')
  writeFileSync(ballast, Buffer.alloc(8_000_000))
  const connector = await databaseConnector(
    { dsn: 'sqlite:./queue.sqlite' },
    { connection: 'c', root: disk.folder },
  )
  if (!(connector instanceof DatabaseConnector)) throw new Error('not the database connector')
  onTestFinished(() => connector.close())
  await connector.open()
  const acked: string[] = []
  const failure = await (async () => {
    for (;;) acked.push(...(await connector.push([envelope(100_000)])))
  })().catch((error: unknown) => error)
  expect(failure).toMatchObject(full)
  expect(connector.isTransient(failure)).toBe(true)
  await expect(connector.push([envelope(2_000_000)])).rejects.toMatchObject(full)
  rmSync(ballast)
  acked.push(...(await connector.push([envelope(100_000)])))
  const delivered: string[] = []
  let settled: Settlement[] = []
  do {
    const { reserved } = await connector.exchange(settled, { queues: ['q'], limit: 9, expireMs: 60_000 })
    settled = reserved.map((reservation) => ({ kind: 'delete', reservation }))
    delivered.push(...reserved.map(({ id }) => id))
  } while (settled.length > 0)
  expect(delivered).toEqual(acked)
})

test('a write-ahead log that has filled the disk is put away, so that what is stored can still change', async ({
  skip,
}) => {
  const disk =
    (await ownJournalMode()) === 'wal' ? smallDisk(1) : { reason: 'this SQLite writes no such log' }
  if ('reason' in disk) {
    console.log(`a full write-ahead log is not tried here: ${disk.reason}`)
    return skip(disk.reason)
  }
  const database = createDatabase(join(disk.folder, 'app.sqlite'))
  onTestFinished(() => database.close())
  await database.execute('CREATE TABLE notes (text TEXT)')
  for (let i = 0; i < 20; i++) await database.execute('INSERT INTO notes VALUES (?)', ['x'.repeat(15_000)])
  await database.execute('PRAGMA wal_checkpoint(TRUNCATE)')
  const sql = 'UPDATE notes SET text = ? WHERE rowid % 4 = 1'
  const change = (round: number) => database.execute(sql, [String(round % 10).repeat(15_000)])
  const failure = await (async () => {
    for (let round = 0; round < 100; round++) await change(round)
  })().catch((error: unknown) => error)
  expect(failure).toMatchObject(full)
  expect((await change(101)).affectedRows).toBe(5)
})

test('a file at its page limit fails in the same way, and recovers when the limit is raised', async () => {
  const database = createDatabase(join(tempFolder(), 'app.sqlite'))
  onTestFinished(() => database.close())
  await database.execute('CREATE TABLE notes (text TEXT)')
  await database.execute('PRAGMA max_page_count = 20')
  const add = () => database.execute('INSERT INTO notes VALUES (?)', ['x'.repeat(10_000)])
  let added = 0
  const failure = await (async () => {
    for (;;) {
      await add()
      added++
    }
  })().catch((error: unknown) => error)
  expect(failure).toMatchObject(full)
  await expect(
    database.transaction(async (tx) => {
      for (let i = 0; i < 20; i++) await tx.execute('INSERT INTO notes VALUES (?)', ['y'.repeat(10_000)])
    }),
  ).rejects.toMatchObject(full)
  await database.execute('PRAGMA max_page_count = 1000')
  await add()
  expect(await database.query('SELECT count(*) AS n FROM notes')).toEqual([{ n: added + 1 }])
})
