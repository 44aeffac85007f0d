import { beforeEach, expect, test } from 'vitest'
import { Child } from '../../database/child.ts'
import { testMysql } from '../../mysql-server.ts'
import { deletion, elapsed, envelope, request } from '../database-store.ts'
import { openMysql, Tables } from './mysql-store.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())
const never = new AbortController().signal
const longMs = 25_000

test('a wait ends at once for a push of this process, through another connector too', async () => {
  const store = await tables.open()
  const other = await tables.open()
  const waiting = elapsed(store.wait(['q'], longMs, never))
  await other.push([envelope('q')])
  expect(await waiting).toBeLessThan(longMs / 2)
  expect(await store.reserve(request('q'))).toHaveLength(1)
})

test('a push of another process is seen within some ten milliseconds while the queue is in use', {
  timeout: 60_000,
}, async () => {
  const server = await testMysql()
  const store = await openMysql(server.url)
  await store.push([envelope('q')])
  const [first] = await store.reserve(request('q'))
  await store.settle([deletion(first!)])
  const child = new Child('push-often.ts', [server.url])
  expect(await child.next()).toBe('ready')
  const latencies: number[] = []
  for (let round = 0; round < 21; round++) {
    const waiting = store.wait(['q'], longMs, never)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20)) // At any moment between two looks.
    child.send('push')
    const pushed = await child.next<{ readonly at: number }>()
    await waiting
    latencies.push(performance.timeOrigin + performance.now() - pushed.at)
    const [job] = await store.reserve(request('q'))
    await store.settle([deletion(job!)])
  }
  latencies.sort((a, b) => a - b)
  console.info(`from the end of a push to the end of the wait: p50 ${latencies[10]!.toFixed(1)} ms`)
  expect(latencies[10]!).toBeLessThan(50)
})

test('a wait ends when a delayed job falls due, and when a lease does', async () => {
  const store = await tables.open()
  const waiting = elapsed(store.wait(['q'], longMs, never))
  await store.push([envelope('q', '"later"', 100)])
  expect(await waiting).toBeLessThan(longMs / 2)
  const short = { queues: ['q'], limit: 1, expireMs: 1_000 }
  expect(await store.reserve(short)).toHaveLength(1)
  expect(await elapsed(store.wait(['q'], longMs, never))).toBeLessThan(longMs / 2)
  expect(await store.reserve(short)).toMatchObject([{ attempts: 2 }])
})

test('a wait for another queue sleeps on to its time-out, and looks less often the longer nothing was there', async () => {
  const server = await testMysql()
  const store = await openMysql(server.url)
  const asked = async () => {
    const [row] = await server.sql("SHOW GLOBAL STATUS LIKE 'Com_select'")
    return Number(row?.Value)
  }
  const before = await asked()
  expect(await elapsed(store.wait(['idle'], 3_000, never))).toBeGreaterThan(2_900)
  const looks = (await asked()) - before
  console.info(`${looks} looks in 3 s of an idle wait`)
  expect(looks).toBeLessThan(40)
})

test('an idle second beside 5,000 reserved jobs reads them a few times at most', async () => {
  const server = await testMysql()
  const store = await openMysql(server.url)
  const jobs = 5_000
  await store.push(Array.from({ length: jobs }, () => envelope('q')))
  expect(await store.reserve(request('q', undefined, jobs))).toHaveLength(jobs)
  // They end never, but for all that is known one might at any time: leases are of a second.
  await server.sql('UPDATE test.jobs SET reserved_at = reserved_at + 1000')
  const read = async () => {
    const rows = await server.sql("SHOW GLOBAL STATUS LIKE 'Handler_read%'")
    return rows.reduce((sum, { Value }) => sum + Number(Value), 0)
  }
  const before = await read()
  expect(await store.reserve({ ...request('q'), expireMs: 1_000 })).toEqual([])
  await store.wait(['q'], 1_000, never)
  const rows = (await read()) - before
  console.info(`${rows} rows read in an idle second`)
  expect(rows).toBeLessThan(4 * jobs)
})

test('an aborted wait and a closed connector end at once', async () => {
  const store = await tables.open()
  const controller = new AbortController()
  const waiting = elapsed(store.wait(['q'], longMs, controller.signal))
  controller.abort()
  expect(await waiting).toBeLessThan(longMs / 2)
  const closing = elapsed(store.wait(['q'], longMs, never))
  await store.close()
  expect(await closing).toBeLessThan(longMs / 2)
})
