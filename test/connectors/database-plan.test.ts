import { expect, onTestFinished, test } from 'vitest'
import { tableNames } from '../../src/connectors/database/options.ts'
import { SqliteDialect } from '../../src/connectors/database/sqlite.ts'
import { createDatabase, type Database, type Executor, type SqlValue } from '../../src/database/index.ts'
import { envelope, openStore, tempFile } from './database-store.ts'

/** An executor that has each statement explained by `database` before it runs it. */
function explaining(database: Executor, executor: Executor, plans: string[]): Executor {
  const explain = async (sql: string, params?: readonly SqlValue[]) => {
    if (!/^\s*(SELECT|UPDATE|DELETE)/.test(sql)) return
    const steps = await database.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params)
    plans.push(...steps.map(({ detail }) => detail))
  }
  return {
    async query<Row>(sql: string, params?: readonly SqlValue[]) {
      await explain(sql, params)
      return executor.query<Row>(sql, params)
    },
    async execute(sql, params) {
      await explain(sql, params)
      return executor.execute(sql, params)
    },
  }
}

const now = 1_800_000_000

async function filled(): Promise<{ readonly database: Database; readonly file: string }> {
  const file = tempFile()
  const store = await openStore(file)
  const delayed = Array.from({ length: 100_000 }, () => envelope('q', '{}', 3_600_000))
  await store.push(delayed, now * 1000)
  const database = createDatabase(file)
  onTestFinished(() => database.close())
  return { database, file }
}

test('past 100,000 delayed rows neither an idle look nor any step of a turn reads the whole table', async () => {
  const { database } = await filled()
  const dialect = new SqliteDialect(tableNames())
  const plans: string[] = []
  await dialect.outlook(explaining(database, database, plans), ['q', 'other'])
  await database.transaction(async (tx) => {
    const explained = {
      ...explaining(database, tx, plans),
      location: tx.location,
      afterCommit: tx.afterCommit,
      defer: async () => undefined,
      finish: () => undefined,
    }
    expect(await dialect.claim(explained, 'q', 100, now, now)).toEqual([])
    expect(await dialect.claim(explained, 'q', 1, now + 7_200, now + 7_200)).toHaveLength(1)
    await dialect.expired(explained, 'q', now)
    await dialect.touch(explained, ['1-0-1'], now)
    await dialect.remove(explained, ['1-0-1'])
    await dialect.release(explained, '1-0-1', now, true)
  })
  expect(plans.some((step) => /SEARCH "?jobs"? USING (COVERING )?INDEX jobs_due/.test(step))).toBe(true)
  expect(plans.some((step) => /SEARCH "?jobs"? USING (COVERING )?INDEX jobs_leased/.test(step))).toBe(true)
  expect(plans.filter((step) => /SCAN "?jobs"?/.test(step))).toEqual([])
  expect(plans.filter((step) => /TEMP B-TREE/.test(step))).toEqual([])
})

test('an idle reserve takes no lock, though another transaction holds it', async () => {
  const { database, file } = await filled()
  const store = await openStore(file)
  await database.transaction(async () => {
    const reserved = await store.reserve({ queues: ['q'], limit: 100, expireMs: 60_000, now: now * 1000 })
    expect(reserved).toEqual([])
  })
})
