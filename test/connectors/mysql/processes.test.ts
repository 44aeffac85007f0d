import { test } from 'vitest'
import { testMysql } from '../../mysql-server.ts'
import { churn } from '../churn.ts'
import { openMysql, phpJobsTable } from './mysql-store.ts'

/** Of each process; the whole proof takes 10,000. */
const jobs = process.env.QUEUE_TEST_FULL ? 10_000 : 2_000

test('eight processes that push and work at once surface no deadlock, lose nothing and double nothing', {
  timeout: 300_000,
}, async () => {
  const server = await testMysql()
  await churn(server.url, { processes: 8, each: jobs }, () => openMysql(server.url))
  const [status] = await server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
  console.info(`${status?.Value} deadlocks were undone and repeated`)
})

test('the same on a table that PHP made, without our index', { timeout: 300_000 }, async () => {
  const server = await testMysql()
  await server.sql(`USE test; ${phpJobsTable('jobs')}`)
  await churn(server.url, { processes: 4, each: 1_000 }, () => openMysql(server.url))
})
