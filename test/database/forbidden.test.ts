import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDatabase } from '../../src/database/index.ts'
import { Child } from './child.ts'
import { tempFolder } from './temp-folder.ts'

/** Where permissions cannot be taken away, the reason. */
const reason = process.platform === 'win32' ? 'this system has no file modes' : undefined
if (reason !== undefined) console.log(`forbidden files are not tried here: ${reason}`)

/** A folder that everybody may enter and write. */
function openFolder(): string {
  const folder = tempFolder()
  chmodSync(folder, 0o777)
  return folder
}

function close(path: string, mode: number): string {
  chmodSync(path, mode)
  onTestFinished(() => chmodSync(path, 0o777))
  return path
}

function closedFolder(mode: number): string {
  const folder = join(openFolder(), 'closed')
  mkdirSync(folder)
  return close(folder, mode)
}

/** How an ordinary user fares who writes to a file; null: well. */
function failureAt(file: string): Promise<unknown> {
  return new Child('use-as-nobody.ts', [file]).next()
}

function forbidden(file: string, culprit: string) {
  return {
    name: 'StoreError',
    code: 'FORBIDDEN',
    transient: false,
    message: expect.stringMatching(
      new RegExp(`^database ${file}: ${culprit} may not be written by this user \\(\\S+\\)$`),
    ),
  }
}

test.skipIf(reason)('an ordinary user may use a file of a folder that is open to all', async () => {
  expect(await failureAt(join(openFolder(), 'app.sqlite'))).toBeNull()
})

test.skipIf(reason)('a folder that may not be written is no passing error and is named', async () => {
  const folder = closedFolder(0o555)
  const file = join(folder, 'app.sqlite')
  expect(await failureAt(file)).toEqual(forbidden(file, folder))
})

test.skipIf(reason)('a folder that may not be entered is no passing error and is named', async () => {
  const folder = closedFolder(0)
  const file = join(folder, 'app.sqlite')
  expect(await failureAt(file)).toEqual(forbidden(file, folder))
})

test.skipIf(reason)('a file that may not be written is no passing error and is named', async () => {
  const file = join(openFolder(), 'app.sqlite')
  writeFileSync(file, '')
  close(file, 0o444)
  expect(await failureAt(file)).toEqual(forbidden(file, file))
})

test.skipIf(reason)('a file that may not be read is no passing error and is named', async () => {
  const file = join(openFolder(), 'app.sqlite')
  const database = createDatabase(file)
  await database.execute('CREATE TABLE jobs (id INTEGER)')
  await database.close()
  close(file, 0)
  expect(await failureAt(file)).toEqual(forbidden(file, file))
})

test.skipIf(reason)(
  'a missing folder where none may be made is no passing error, and names where',
  async () => {
    const folder = closedFolder(0o555)
    const file = join(folder, 'some', 'where', 'app.sqlite')
    expect(await failureAt(file)).toEqual(forbidden(file, folder))
  },
)

test('a file that cannot be opened for another reason than permission may pass', async () => {
  const folder = tempFolder()
  const file = join(folder, 'app.sqlite')
  symlinkSync(join(folder, 'missing', 'app.sqlite'), file)
  const database = createDatabase(file)
  onTestFinished(() => database.close())
  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'CANTOPEN', transient: true })
})
