import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DatabaseConnector, databaseConnector } from '../../src/connectors/database/index.ts'
import type { Settlement } from '../../src/contract/connector.ts'
import { createDatabase } from '../../src/database/index.ts'
import { tempFolder } from './temp-folder.ts'

/** A disk of one megabyte, or the reason why this machine gives none. */
function tinyDisk(): { readonly folder: string } | { readonly reason: string } {
  const folder = tempFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' })
  } catch (error) {
    return { reason: String(error instanceof Error ? error.message : error) }
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  return { folder }
}

const full = { name: 'StoreError', code: 'FULL', transient: true }

function envelope(bytes: number) {
  return { id: 'tq', queue: 'q', job: 'J', body: JSON.stringify({ data: 'x'.repeat(bytes) }), delayMs: 0 }
}

test('a full disk is a typed, transient error of push, and pushing works again when there is space', async ({
  skip,
}) => {
  const disk = tinyDisk()
  if ('reason' in disk) {
    console.log(`no small disk can be mounted here, the page limit below stands in for it: ${disk.reason}`)
    return skip(disk.reason)
  }
  const ballast = join(disk.folder, 'ballast')
  writeFileSync(ballast, Buffer.alloc(300_000))
  const connector = await databaseConnector(
    { dsn: 'sqlite:./queue.sqlite' },
    { connection: 'c', root: disk.folder },
  )
  if (!(connector instanceof DatabaseConnector)) throw new Error('not the database connector')
  onTestFinished(() => connector.close())
  await connector.open()
  const acked: string[] = []
  const failure = await (async () => {
    for (;;) acked.push(...(await connector.push([envelope(20_000)])))
  })().catch((error: unknown) => error)
  expect(failure).toMatchObject(full)
  expect(connector.isTransient(failure)).toBe(true)
  await expect(connector.push([envelope(200_000)])).rejects.toMatchObject(full)
  rmSync(ballast)
  acked.push(...(await connector.push([envelope(20_000)])))
  const delivered: string[] = []
  let settled: Settlement[] = []
  do {
    const { reserved } = await connector.exchange(settled, { queues: ['q'], limit: 1, expireMs: 60_000 })
    settled = reserved.map((reservation) => ({ kind: 'delete', reservation }))
    delivered.push(...reserved.map(({ id }) => id))
  } while (settled.length > 0)
  expect(delivered).toEqual(acked)
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
