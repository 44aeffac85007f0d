import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type SqliteDriver, walIsSafe } from '../../src/database/sqlite/driver.ts'
import { nodeDriver } from '../../src/database/sqlite/node-driver.ts'
import { Child } from './child.ts'
import { modernNode } from './modern-node.ts'
import { tempFolder } from './temp-folder.ts'

interface Answer {
  readonly name: string
  readonly message?: string
  readonly warnings: readonly string[]
}

function ask(env: Record<string, string>, node = process.execPath): Promise<Answer> {
  return new Child('say-driver.ts', [], { node, env }).next<Answer>()
}

const modern = modernNode()
if (modern === null)
  console.log('node:sqlite: this Node has none that is new enough, and QUEUE_TEST_NODE names no other')

test('the driver can be forced to libsql', async () => {
  expect(await ask({ QUEUE_SQLITE_DRIVER: 'libsql' })).toMatchObject({ name: 'libsql' })
})

test('a driver that is not known is a mistake in the configuration', async () => {
  const answer = await ask({ QUEUE_SQLITE_DRIVER: 'better' })
  expect(answer).toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining('write node or libsql'),
  })
})

test.skipIf(modern === null)('node:sqlite is taken where it is new enough, without its warning', async () => {
  const answer = await ask({ QUEUE_SQLITE_DRIVER: '' }, modern ?? '')
  expect(answer).toMatchObject({ name: 'node', warnings: ['another warning'] })
})

test('node:sqlite can be forced, and a Node without it says so', async () => {
  const answer = await ask({ QUEUE_SQLITE_DRIVER: 'node' })
  if (nodeDriver() !== null) expect(answer.name).toBe('node')
  else
    expect(answer).toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('has no node:sqlite'),
    })
})

test('where libsql is not installed the error says how to get it', async () => {
  const folder = tempFolder()
  for (const part of ['src/database', 'src/contract', 'test/database/children'])
    cpSync(join(import.meta.dirname, '../..', part), join(folder, part), { recursive: true })
  const script = join(folder, 'test/database/children/say-driver.ts')
  const child = new Child(script, [], { env: { QUEUE_SQLITE_DRIVER: 'libsql' } })
  expect(await child.next()).toMatchObject({
    name: 'ConfigError',
    message: expect.stringContaining('npm i libsql'),
  })
})

test('write-ahead logging is safe from SQLite 3.51.3 on', () => {
  const safe = (...version: number[]) => walIsSafe({ version } as unknown as SqliteDriver)
  expect([safe(3, 45, 1), safe(3, 51, 2), safe(2, 99, 9)]).toEqual([false, false, false])
  expect([safe(3, 51, 3), safe(3, 53, 0), safe(3, 52), safe(4, 0, 0)]).toEqual([true, true, true, true])
})
