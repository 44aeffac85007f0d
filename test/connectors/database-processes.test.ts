import { expect, test } from 'vitest'
import { Child } from '../database/child.ts'
import { openStore, tempFile } from './database-store.ts'

const processes = 8
const each = 1_000

test('eight processes at once surface no error, lose nothing and double nothing', {
  timeout: 120_000,
}, async () => {
  const file = tempFile()
  const names = Array.from({ length: processes }, (_, i) => `process${i}`)
  const children = names.map((name) => new Child('churn.ts', [file, name, String(each)]))
  const answers = await Promise.all(
    children.map((child) => child.next<{ readonly done?: string[]; readonly error?: string }>()),
  )
  expect(answers.map(({ error }) => error).filter((error) => error !== undefined)).toEqual([])
  const done = answers.flatMap((answer) => answer.done ?? [])
  const pushed = names.flatMap((name) => Array.from({ length: each }, (_, i) => `"${name}-${i}"`))
  expect(done.length).toBe(pushed.length)
  expect(new Set(done)).toEqual(new Set(pushed))
  const store = await openStore(file)
  expect(await store.size('q')).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
})
