import { expect, test } from 'vitest'
import type { PullConnector } from '../../src/contract/connector.ts'
import { databaseOf } from '../../src/database/create.ts'
import { testRedis } from '../redis-server.ts'
import { openStore, tempFile } from './database-store.ts'
import { openRedis } from './redis/redis-rig.ts'

const now = 1_800_000_000_000

/** A worker that died two minutes before another one began. */
async function dieAndBegin(open: () => Promise<PullConnector>): Promise<void> {
  const [first, second] = [await open(), await open()]
  await first.roster!.note('dead', 'here', 60_000, now)
  await second.roster!.note('new', 'here', 60_000, now + 120_000)
}

test('a worker that begins takes away what dead ones left in a database', async () => {
  const file = tempFile()
  await dieAndBegin(() => openStore(file))
  const database = databaseOf({ url: `sqlite:${file}` }, 'application')
  const rows = await database.query('SELECT name FROM queue_cache')
  await database.close()
  expect(rows).toEqual([{ name: 'worker:new' }])
})

test('a worker that begins takes away what dead ones left in Redis', async () => {
  const server = await testRedis()
  await dieAndBegin(() => openRedis({ url: server.url }))
  expect(await server.cli('HKEYS', 'thinkq:workers')).toEqual(['new'])
})
