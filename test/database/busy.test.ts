import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDatabase } from '../../src/database/index.ts'
import { sqliteDriver } from '../../src/database/sqlite/driver.ts'
import { Child } from './child.ts'
import { tempFolder } from './temp-folder.ts'

test('a lock held by another process is waited for while the event loop runs on', async () => {
  const file = join(tempFolder(), 'app.sqlite')
  const child = new Child('hold-lock.ts', [file])
  expect(await child.next()).toBe('holding')
  const database = createDatabase(file)
  onTestFinished(() => database.close())
  let ticks = 0
  const ticking = setInterval(() => ticks++, 1)
  const written = database.execute('INSERT INTO notes VALUES (?)', ['from here'])
  let settled = false
  written.then(() => {
    settled = true
  })
  while (ticks < 50) await new Promise((resolve) => setImmediate(resolve))
  expect(settled).toBe(false)
  expect(await database.query('SELECT text FROM notes')).toEqual([])
  child.send('go')
  await written
  clearInterval(ticking)
  expect(await database.query('SELECT text FROM notes')).toEqual([
    { text: 'from the child' },
    { text: 'from here' },
  ])
})

test('past its deadline the wait ends in a transient error, and a later try succeeds', async () => {
  const file = join(tempFolder(), 'app.sqlite')
  const child = new Child('hold-lock.ts', [file])
  expect(await child.next()).toBe('holding')
  const database = createDatabase({ url: file, busyMs: 60 })
  onTestFinished(() => database.close())
  for (const attempt of [
    () => database.execute('INSERT INTO notes VALUES (?)', ['late']),
    () => database.transaction(async () => {}),
    () => database.query('INSERT INTO notes VALUES (?) RETURNING text', ['late']),
  ])
    await expect(attempt()).rejects.toMatchObject({
      name: 'StoreError',
      code: 'BUSY',
      transient: true,
      message: expect.stringContaining(file),
    })
  child.send('go')
  expect((await child.ended).stderr).toBe('')
  await database.execute('INSERT INTO notes VALUES (?)', ['at last'])
  expect(await database.query('SELECT text FROM notes')).toEqual([
    { text: 'from the child' },
    { text: 'at last' },
  ])
})

test('a process that is killed while it holds the lock leaves neither lock nor half a transaction', async () => {
  const file = join(tempFolder(), 'app.sqlite')
  const child = new Child('hold-lock.ts', [file])
  expect(await child.next()).toBe('holding')
  child.kill()
  await child.ended
  const database = createDatabase({ url: file, busyMs: 1_000 })
  onTestFinished(() => database.close())
  await database.execute('INSERT INTO notes VALUES (?)', ['here'])
  expect(await database.query('SELECT text FROM notes')).toEqual([{ text: 'here' }])
})

test('a table that somebody else made is found though the file is locked when it is first asked for', async () => {
  const location = join(tempFolder(), 'app.sqlite')
  const [reader, maker] = [createDatabase(location), createDatabase(location)]
  onTestFinished(() => Promise.all([reader.close(), maker.close()]).then(() => undefined))
  expect(await reader.query('SELECT name FROM sqlite_master')).toEqual([])
  await maker.execute('CREATE TABLE late (text TEXT)')
  const holder = (await sqliteDriver()).connect(location)
  onTestFinished(() => holder.close())
  holder.exec('BEGIN EXCLUSIVE')
  const reading = reader.query('SELECT text FROM late')
  setTimeout(() => holder.exec('COMMIT'), 50)
  expect(await reading).toEqual([])
  await expect(reader.query('SELECT text FROM never')).rejects.toMatchObject({ code: 'SQL' })
})
