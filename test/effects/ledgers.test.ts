import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import type { PullConnector } from '../../src/contract/connector.ts'
import type { Effect, EffectLedger } from '../../src/contract/effects.ts'
import { CacheLedger } from '../../src/effects/cache-ledger.ts'
import { openStore, tempFile } from '../connectors/database-store.ts'
import { openMysql } from '../connectors/mysql/mysql-store.ts'
import { openRedis } from '../connectors/redis/redis-rig.ts'
import { testMysql } from '../mysql-server.ts'
import { testRedis } from '../redis-server.ts'

const stores: Readonly<Record<string, () => Promise<PullConnector>>> = {
  memory: async () => new MemoryConnector(),
  SQLite: () => openStore(tempFile()),
  MySQL: async () => openMysql((await testMysql()).url),
  Redis: async () => openRedis({ port: (await testRedis()).port }),
}

/** As a worker finds it. */
function ledgerOf(connector: PullConnector): EffectLedger {
  return connector.effects ?? new CacheLedger(connector.cache)
}

const keepMs = 30 * 86_400_000
const mine: Effect = { key: 'sms:1', mark: 'first', jobId: '7', digest: 'D', keepMs }
const again: Effect = { ...mine, mark: 'second' }

describe.each(Object.keys(stores))('the ledger of %s', (name) => {
  test('keeps what was begun and what was done, and knows a repeated note by its mark', async () => {
    const ledger = ledgerOf(await stores[name]!())
    expect(await ledger.note(mine, 'started')).toBe('new')
    expect(await ledger.note(mine, 'started')).toBe('new')
    expect(await ledger.note(again, 'started')).toBe('started')
    await ledger.done(again)
    expect(await ledger.note({ ...mine, mark: 'third' }, 'started')).toBe('done')
    expect(await ledger.note({ ...mine, key: 'sms:2' }, 'done')).toBe('new')
  })

  test('forgets what was noted with the same mark, and nothing else', async () => {
    const ledger = ledgerOf(await stores[name]!())
    await ledger.note(mine, 'started')
    await ledger.forget(again)
    expect(await ledger.note(again, 'started')).toBe('started')
    await ledger.forget(mine)
    expect(await ledger.note(again, 'done')).toBe('new')
    await ledger.forget(again)
    expect(await ledger.note(mine, 'started')).toBe('new')
  })

  test('knows a job by its id or by its name and data, and refuses any other', async () => {
    const ledger = ledgerOf(await stores[name]!())
    await ledger.note(mine, 'started')
    expect(await ledger.note(again, 'started')).toBe('started')
    expect(await ledger.note({ ...again, jobId: '8' }, 'started')).toBe('started elsewhere')
    await ledger.done(mine)
    expect(await ledger.note({ ...again, jobId: '8' }, 'started')).toBe('done')
    expect(await ledger.note({ ...again, digest: 'E' }, 'started')).toBe('done')
    const stranger = ledger.note({ ...again, jobId: '8', digest: 'E' }, 'started')
    await expect(stranger).rejects.toMatchObject({ code: 'ONCE_KEY' })
  })

  test('lets one of many begin, whatever the key and the id look like', async () => {
    const ledger = ledgerOf(await stores[name]!())
    const long = { ...mine, key: `é':"%_\\\0 ${'k'.repeat(189)}`, jobId: 'i'.repeat(200) }
    const notes = Array.from({ length: 20 }, (_, n) => ledger.note({ ...long, mark: `m${n}` }, 'started'))
    expect((await Promise.all(notes)).filter((state) => state === 'new')).toHaveLength(1)
    await ledger.done(long)
    expect(await ledger.note(long, 'started')).toBe('new')
    expect(await ledger.note({ ...long, mark: 'other' }, 'started')).toBe('done')
    expect(await ledger.note({ ...long, key: long.key.toUpperCase() }, 'started')).toBe('new')
  })
})

test('what is too old is removed from a table, and marks of pushes stay', async () => {
  const server = await testMysql()
  const store = await openMysql(server.url)
  const random = Math.random
  await store.effects.note(mine, 'done')
  await store.effects.note({ ...mine, key: 'sms:2' }, 'done')
  await store.effects.note({ ...mine, key: 'sms:4' }, 'done')
  await server.sql("INSERT INTO test.queue_once VALUES ('push:x', '1', 0)")
  await server.sql(
    "UPDATE test.queue_once SET created_at = created_at - 31 * 86400 WHERE name = 'once:sms:1'",
  )
  const left = async () => {
    const sql = 'SELECT CONVERT(name USING utf8mb4) AS name FROM test.queue_once ORDER BY name'
    return (await server.sql(sql)).map(({ name }) => name)
  }
  onTestFinished(() => {
    Math.random = random
  })
  Math.random = () => 0
  await store.effects.note({ ...mine, key: 'sms:3', keepMs: null }, 'started')
  expect(await left()).toEqual(['once:sms:1', 'once:sms:2', 'once:sms:3', 'once:sms:4', 'push:x'])
  await store.effects.note({ ...mine, key: 'sms:5' }, 'started')
  expect(await left()).toEqual(['once:sms:2', 'once:sms:3', 'once:sms:4', 'once:sms:5', 'push:x'])
  await server.sql("UPDATE test.queue_once SET created_at = created_at - 61 WHERE name = 'once:sms:4'")
  await store.effects.note({ ...mine, key: 'sms:6', keepMs: 60_000 }, 'started')
  expect(await left()).toEqual(['once:sms:2', 'once:sms:3', 'once:sms:5', 'once:sms:6', 'push:x'])
})

test('effects live through what forgets old pushes', async () => {
  const store = await openStore(tempFile())
  await store.effects.note(mine, 'done')
  const days = 5 * 86_400_000
  const pushed = { id: 'tq', queue: 'q', job: 'J', body: '{"job":"J","data":""}', delayMs: 0, token: 't' }
  await store.push([pushed], Date.now() + days)
  expect(await store.effects.note(again, 'started')).toBe('done')
})
