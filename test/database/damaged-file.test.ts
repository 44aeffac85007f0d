import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { databaseConnector } from '../../src/connectors/database/index.ts'
import { createDatabase } from '../../src/database/index.ts'
import { tempFolder } from './temp-folder.ts'

function connectorOn(root: string) {
  return databaseConnector({ dsn: 'sqlite:./queue.sqlite' }, { connection: 'c', root })
}

test('a file that is no database is refused, and its bytes are left alone', async () => {
  const root = tempFolder()
  const file = join(root, 'queue.sqlite')
  const bytes = Buffer.from('订单,姓名\n1,王芳\n'.repeat(400))
  writeFileSync(file, bytes)
  const connector = await connectorOn(root)
  onTestFinished(() => connector.close())
  const refused = {
    name: 'StoreError',
    code: 'NOTADB',
    transient: false,
    message: expect.stringContaining(file),
  }
  await expect(connector.open()).rejects.toMatchObject(refused)
  await expect(connector.push([])).rejects.toMatchObject(refused)
  expect(readFileSync(file).equals(bytes)).toBe(true)
  expect(readdirSync(root)).toEqual(['queue.sqlite'])
})

test('a damaged database is refused when it is opened, and its bytes are left alone', async () => {
  const root = tempFolder()
  const file = join(root, 'queue.sqlite')
  const database = createDatabase(file)
  await database.execute('CREATE TABLE notes (text TEXT)')
  for (let i = 0; i < 50; i++) await database.execute('INSERT INTO notes VALUES (?)', ['x'.repeat(1_000)])
  await database.close()
  const bytes = readFileSync(file)
  bytes.fill(0xa5, 4096 * 2, 4096 * 6)
  writeFileSync(file, bytes)
  const connector = await connectorOn(root)
  onTestFinished(() => connector.close())
  await expect(connector.open()).rejects.toMatchObject({
    name: 'StoreError',
    code: 'CORRUPT',
    transient: false,
  })
  expect(readFileSync(file).equals(bytes)).toBe(true)
})

test('an empty file is a new database', async () => {
  const root = tempFolder()
  writeFileSync(join(root, 'queue.sqlite'), '')
  const connector = await connectorOn(root)
  onTestFinished(() => connector.close())
  await connector.open()
  expect(await connector.push([{ id: 'tq', queue: 'q', job: 'J', body: '{}', delayMs: 0 }])).toEqual(['1'])
})
