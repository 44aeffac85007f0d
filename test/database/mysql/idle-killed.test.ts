import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { mysqlAddress } from '../../../src/database/mysql/address.ts'
import { MysqlPool } from '../../../src/database/mysql/pool.ts'
import { processMemory } from '../../../src/process/memory.ts'
import { testMysql } from '../../mysql-server.ts'

test('a connection that the server ends while nobody uses it is not kept', async () => {
  const server = await testMysql()
  const pool = new MysqlPool(mysqlAddress({ url: server.url })!, {
    ...{ connectMs: 5_000, deadlineMs: 5_000, connections: 2 },
    ...{ isPacked: false, existing: undefined, busyMs: 5_000, isUtc: true },
  })
  onTestFinished(() => pool.close())
  const killed: WeakRef<object>[] = []
  for (let round = 0; round < 5; round++) killed.push(await killedWhileIdle(pool, server))
  await nextTurn()
  processMemory.collect()
  expect(killed.filter((each) => each.deref() !== undefined)).toHaveLength(0)
})

async function killedWhileIdle(pool: MysqlPool, server: { killConnections(): Promise<void> }) {
  const connection = await pool.acquire()
  const { raw } = connection
  pool.release(connection)
  const ended = once(raw as never, 'error')
  await server.killConnections()
  await ended
  return new WeakRef(raw)
}
