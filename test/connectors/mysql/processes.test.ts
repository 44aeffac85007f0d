import { expect, test } from 'vitest'
import { Child } from '../../database/child.ts'
import { testMysql } from '../../mysql-server.ts'
import { openMysql, phpJobsTable } from './mysql-store.ts'

async function churn(url: string, processes: number, each: number): Promise<void> {
  const names = Array.from({ length: processes }, (_, i) => `process${i}`)
  const children = names.map((name) => new Child('churn.ts', [url, name, String(each)]))
  const answers = await Promise.all(
    children.map((child) => child.next<{ readonly done?: string[]; readonly error?: string }>()),
  )
  expect(answers.map(({ error }) => error).filter((error) => error !== undefined)).toEqual([])
  const done = answers.flatMap((answer) => answer.done ?? [])
  const pushed = names.flatMap((name) => Array.from({ length: each }, (_, i) => `"${name}-${i}"`))
  expect(done.length).toBe(pushed.length)
  expect(new Set(done)).toEqual(new Set(pushed))
  const store = await openMysql(url)
  expect(await store.size('q')).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
}

test('eight processes of 10,000 jobs each surface no deadlock, lose nothing and double nothing', {
  timeout: 300_000,
}, async () => {
  const server = await testMysql()
  await churn(server.url, 8, 10_000)
  const [status] = await server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
  console.info(`${status?.Value} deadlocks were undone and repeated`)
})

test('the same on a table that PHP made, without our index', { timeout: 300_000 }, async () => {
  const server = await testMysql()
  await server.sql(`USE test; ${phpJobsTable('jobs')}`)
  await churn(server.url, 4, 1_000)
})
