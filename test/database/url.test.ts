import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { ConfigError } from '../../src/contract/errors.ts'
import { createDatabase } from '../../src/database/index.ts'
import { tempFolder } from './temp-folder.ts'

test('every spelling of one file has one location', () => {
  const root = realpathSync(tempFolder())
  const file = join(root, 'data', 'queue.sqlite')
  mkdirSync(join(root, 'data'))
  symlinkSync(join(root, 'data'), join(root, 'link'))
  const spellings = [
    'sqlite:./data/queue.sqlite',
    'sqlite:data/queue.sqlite',
    `sqlite:${file}`,
    `sqlite://${file}`,
    pathToFileURL(file).href,
    'file:data/queue.sqlite',
    'data/queue.sqlite',
    file,
    'sqlite:link/queue.sqlite',
  ]
  for (const url of spellings) expect(createDatabase({ url, root }).location, url).toBe(file)
})

test('a relative path starts from the working directory unless a root is given', () => {
  expect(createDatabase('sqlite:./some.sqlite').location).toBe(
    join(realpathSync(process.cwd()), 'some.sqlite'),
  )
})

test('other databases are refused kindly, and a password in the URL is not repeated', () => {
  const refusal = () => createDatabase('postgres://root:secret/word@127.0.0.1/shop')
  expect(refusal).toThrow(ConfigError)
  expect(refusal).not.toThrow(/secret|\/word@/)
  expect(() => createDatabase('postgres://h/db')).toThrow(/"postgres:" is not known; write sqlite:/)
})

test('a URL that names no file is refused', () => {
  for (const url of ['', 'sqlite:', 'a\0b', ':memory:', 'sqlite::memory:', 'file://elsewhere/x'])
    expect(() => createDatabase(url), url).toThrow(ConfigError)
  expect(() => createDatabase({ url: 'a.sqlite', busyMs: Number.NaN })).toThrow(/busyMs/)
  expect(() => createDatabase({} as never)).toThrow(/url must be a text/)
})
