import { beforeEach, describe, expect, test } from 'vitest'
import type { DatabaseConnector } from '../../../src/connectors/database/index.ts'
import type { Reservation } from '../../../src/contract/connector.ts'
import { testMysql } from '../../mysql-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { deletion, envelope, request } from '../database-store.ts'
import { openMysql, Tables } from './mysql-store.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())

const one = request('q', undefined, 1)

/** The first job of the queue, and the store that knows of no lease that has ended. */
async function withFirst(...bodies: string[]): Promise<{ store: DatabaseConnector; first: Reservation }> {
  const store = await tables.open()
  await store.push(bodies.map((body) => envelope('q', body)))
  const [first] = await store.reserve(one)
  return { store, first: first! }
}

const rows = () => tables.sql(`SELECT payload, reserved FROM ${tables.jobs} ORDER BY id`)

describe('one job reserved in the trip that settles another', () => {
  test('is the next in order, and the settled one is gone', async () => {
    const { store, first } = await withFirst('1', '2', '3')
    const { refused, reserved } = await store.exchange([deletion(first)], one)
    expect(refused).toEqual([])
    expect(reserved).toMatchObject([{ body: '2', attempts: 1 }])
    expect(await rows()).toEqual([
      { payload: '2', reserved: 1 },
      { payload: '3', reserved: 0 },
    ])
    expect(await store.settle(reserved.map(deletion))).toEqual([])
  })

  test('is none when nothing is left, and the one before it is not reserved again', async () => {
    const { store, first } = await withFirst('1', '2')
    const { reserved } = await store.exchange([deletion(first)], one)
    await store.settle([{ kind: 'release', reservation: reserved[0]!, delayMs: 60_000, spend: false }])
    expect(await store.exchange([deletion(first)], one)).toMatchObject({
      refused: [{ kind: 'delete' }],
      reserved: [],
    })
    expect(await rows()).toEqual([{ payload: '2', reserved: 0 }])
  })

  test('is found before the place that was last looked from', async () => {
    const { store, first } = await withFirst('1', '2')
    const { reserved } = await store.exchange([deletion(first)], one)
    await tables.sql(`INSERT INTO ${tables.jobs} (queue, payload, attempts, reserved, available_at, created_at)
      VALUES ('q', 'earlier', 0, 0, 1, 1)`)
    expect((await store.exchange(reserved.map(deletion), one)).reserved).toMatchObject([{ body: 'earlier' }])
  })

  test('is passed over and buried when it cannot be counted', async () => {
    const { store, first } = await withFirst('1', 'odd', '3')
    await tables.sql(`UPDATE ${tables.jobs} SET attempts = 255 WHERE payload = 'odd'`)
    expect((await store.exchange([deletion(first)], one)).reserved).toMatchObject([{ body: '3' }])
    expect(await store.failed.all()).toMatchObject([{ body: 'odd', reason: /attempts reached 255/ }])
  })

  test('is a job whose lease has ended, when that is all there is', async () => {
    const { store, first } = await withFirst('1', '2')
    const { reserved } = await store.exchange([deletion(first)], one)
    await tables.sql(
      `UPDATE ${tables.jobs} SET reserved_at = reserved_at - 100, available_at = available_at - 100`,
    )
    // What a stranger wrote is looked for every ten seconds.
    const again = await store.exchange([deletion(first)], { ...one, now: Date.now() + 10_000 })
    expect(again.reserved).toMatchObject([{ id: reserved[0]!.id, attempts: 2 }])
  })
})

test('when its answer is lost, the deletion counts and nothing is settled or reserved a second time', async () => {
  const server = await testMysql({ durable: true })
  const proxy = await testProxy(server.port)
  const url = server.urlOf('root', proxy.port)
  const store = await openMysql(url, { dsn: { url, deadlineMs: 500 } })
  await store.push([envelope('q', '1'), envelope('q', '2'), envelope('q', '3')])
  const [first] = await store.reserve(one)
  void proxy.dropReplies('thinkq_claimed')
  await expect(store.exchange([deletion(first!)], one)).rejects.toMatchObject({
    code: 'COMMIT_UNKNOWN',
    transient: true,
  })
  const left = await server.sql('SELECT payload, reserved FROM test.jobs ORDER BY id')
  expect(left).toEqual([
    { payload: '2', reserved: 1 },
    { payload: '3', reserved: 0 },
  ])
  expect(await store.settle([deletion(first!)])).toHaveLength(1)
})
