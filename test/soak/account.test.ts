import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Account } from './account.ts'

test('a job that did not end is missing, one that ended twice is counted, and lines may come in parts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thinkq-account-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const account = new Account(join(folder, 'ledger'))
  account.pushed = 2_000
  for (let n = 1; n <= 1_998; n++) appendFileSync(account.file, `done ${n} 7\n`)
  appendFileSync(account.file, 'done 5 8\ndone 20')
  account.look()
  expect(account).toMatchObject({ ended: 1_998, repeated: 1, open: 2 })
  expect(account.missing(10)).toEqual([1_999, 2_000])
  await expect(account.settled(10)).rejects.toThrow('1999, 2000')
  appendFileSync(account.file, '00 8\n')
  account.count(1_999)
  await account.settled(10)
  expect(account).toMatchObject({ ended: 2_000, repeated: 1, open: 0, pids: new Set(['7', '8']) })
})
