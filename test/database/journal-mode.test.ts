import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDatabase } from '../../src/database/index.ts'
import { Child } from './child.ts'
import { modernNode, ownJournalMode } from './modern-node.ts'
import { tempFolder } from './temp-folder.ts'

const old = { env: { QUEUE_SQLITE_DRIVER: 'libsql' } }
const modern = modernNode()
const onModern = { node: modern ?? '', env: { QUEUE_SQLITE_DRIVER: 'node' } }

if (modern === null)
  console.log(
    'journal modes between drivers: this Node has no node:sqlite, and QUEUE_TEST_NODE names no other',
  )

function newFile(): string {
  return join(tempFolder(), 'app.sqlite')
}

test('a new file gets the mode its SQLite is safe with', async () => {
  const database = createDatabase(newFile())
  onTestFinished(() => database.close())
  expect(await database.query('PRAGMA journal_mode')).toEqual([{ journal_mode: await ownJournalMode() }])
})

test('an old SQLite never makes a write-ahead log', async () => {
  const child = new Child('use-file.ts', [newFile()], old)
  expect(await child.next()).toEqual({ mode: 'truncate', notes: 1 })
})

test.skipIf(modern === null)('a new SQLite makes one, and leaves a file without one alone', async () => {
  const file = newFile()
  expect(await new Child('use-file.ts', [newFile()], onModern).next()).toEqual({ mode: 'wal', notes: 1 })
  expect(await new Child('use-file.ts', [file], old).next()).toEqual({ mode: 'truncate', notes: 1 })
  expect(await new Child('use-file.ts', [file], onModern).next()).toEqual({ mode: 'truncate', notes: 2 })
})

test.skipIf(modern === null)(
  'an old SQLite that is the only user puts a log away, losing nothing',
  async () => {
    const file = newFile()
    const killed = new Child('use-file.ts', [file, 'stay'], onModern)
    expect(await killed.next()).toEqual({ mode: 'wal', notes: 1 })
    killed.kill()
    await killed.ended
    expect(await new Child('use-file.ts', [file], old).next()).toEqual({ mode: 'truncate', notes: 2 })
  },
)

test.skipIf(modern === null)(
  'an old SQLite refuses a log that others use, naming both versions',
  async () => {
    const file = newFile()
    const user = new Child('use-file.ts', [file, 'stay'], onModern)
    expect(await user.next()).toEqual({ mode: 'wal', notes: 1 })
    const refused = await new Child('use-file.ts', [file], old).next<{ code: string; message: string }>()
    expect(refused.code).toBe('JOURNAL')
    expect(refused.message).toMatch(
      /SQLite 3\.51\.3 and later.*this process has SQLite 3\.\d+\.\d+ \(libsql\)/,
    )
    user.send('go')
    expect((await user.ended).stderr).toBe('')
  },
)

test.skipIf(modern === null)(
  'old ones that find a log at the same time agree on putting it away',
  async () => {
    const file = newFile()
    const first = new Child('use-file.ts', [file], onModern)
    expect(await first.next()).toEqual({ mode: 'wal', notes: 1 })
    await first.ended
    const children = [1, 2, 3].map(() => new Child('use-file.ts', [file], old))
    const answers = await Promise.all(children.map((child) => child.next<{ mode: string; notes: number }>()))
    expect(answers.map(({ mode }) => mode)).toEqual(['truncate', 'truncate', 'truncate'])
    expect(Math.max(...answers.map(({ notes }) => notes))).toBe(4)
  },
)
