import mysql from 'mysql2'
import { expect, test } from 'vitest'
import type { SqlValue } from '../../../src/database/database.ts'
import { formatter } from '../../../src/database/mysql/sql.ts'

const plain: readonly SqlValue[] = [
  'text',
  '{"job":"J","data":""}',
  '中文 😀',
  '',
  'a?b',
  1,
  -1.5,
  null,
  12n,
  true,
]
const odd: readonly SqlValue[] = [
  "it's",
  'back\\slash',
  'nul\0',
  'sub\x1a',
  "'); DROP TABLE jobs; -- ",
  "\\'",
]

test('values are written as the server reads them back, special characters escaped', async () => {
  const format = await formatter()
  expect(format('SELECT ?, ?', ['{"a":"b"}', 'line\nend'])).toBe(`SELECT '{"a":"b"}', 'line\nend'`)
  for (const value of odd) expect(format('SELECT ?', [value])).toBe(mysql.format('SELECT ?', [value]))
  for (const value of plain)
    if (typeof value !== 'string' && typeof value !== 'boolean')
      expect(format('SELECT ?', [value])).toBe(mysql.format('SELECT ?', [value]))
  expect(format('SELECT ?', [true])).toBe('SELECT 1')
  expect(() => format('SELECT ?', [{} as never])).toThrow(/1|place|store/i)
})

const strange = [
  ["SELECT '?', ?", ['a', 'b']],
  ['SELECT "?", ?', ['a', 'b']],
  ['SELECT `?`, ?', ['a', 'b']],
  ['SELECT ? -- ?', ['a', 'b']],
  ['SELECT ? # ?', ['a', 'b']],
  ['SELECT /* ? */ ?', ['a', 'b']],
  ['SELECT ?? FROM t', ['a']],
  ['SELECT ?', ['a', 'b']],
  ['SELECT ?, ?', ['a']],
] as const

test.each(strange)('what may be no place for a value is left to the driver: %s', async (sql, params) => {
  const format = await formatter()
  expect(format(sql, params)).toBe(mysql.format(sql, [...params]))
})
