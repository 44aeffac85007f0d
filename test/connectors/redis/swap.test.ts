import { expect, test, vi } from 'vitest'
import { swapScript } from '../../../src/connectors/redis/lua/swap.ts'
import type { PullConnector, Reservation, ReserveRequest } from '../../../src/contract/connector.ts'
import { testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { counts, envelope, openRedis } from './redis-rig.ts'

const request: ReserveRequest = { queues: ['default'], limit: 1, expireMs: 60_000 }

function done(reservation: Reservation) {
  return [{ kind: 'delete' as const, reservation }]
}

let lookedAt = 0

async function first(connector: PullConnector): Promise<Reservation> {
  lookedAt = performance.now()
  const [reservation] = await connector.reserve(request)
  if (reservation === undefined) return expect.unreachable('a job was there')
  return reservation
}

/** Within some milliseconds after a reserve nothing due is looked for, and so one job is swapped for the next: time stands still. */
async function swapped(connector: PullConnector, reservation: Reservation, own?: Partial<ReserveRequest>) {
  const still = vi.spyOn(performance, 'now').mockReturnValue(lookedAt)
  try {
    return await connector.exchange!(done(reservation), { ...request, ...own })
  } finally {
    still.mockRestore()
  }
}

test('jobs taken one by one come in order, each deleted as the next is leased', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  const pushed = Array.from({ length: 300 }, (_, n) => envelope(n))
  await connector.push(pushed)
  let at = await first(connector)
  const bodies = [at.body]
  while (bodies.length < pushed.length) {
    const { refused, reserved } = await swapped(connector, at)
    expect(refused).toEqual([])
    at = reserved[0]!
    bodies.push(at.body)
  }
  expect(bodies).toEqual(pushed.map(({ body }) => body))
  expect(await server.cli('SCRIPT', 'EXISTS', swapScript.sha), 'the short script was used').toEqual([1])
  const [, score] = (await server.cli('ZRANGE', 'queues:default:reserved', 0, -1, 'WITHSCORES')) as string[]
  const [seconds] = (await server.cli('TIME')) as string[]
  expect(Number(score) - Number(seconds)).toBeGreaterThan(58)
  expect(Number(score) - Number(seconds)).toBeLessThan(61)
  expect(await swapped(connector, at)).toEqual({ refused: [], reserved: [] })
  expect(await counts(connector)).toEqual([0, 0, 0, 0])
})

test('a deletion that comes too late is refused, and brings the next job all the same', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.push([envelope(1), envelope(2)])
  const lost = await first(connector)
  await server.cli('DEL', 'queues:default:reserved')
  const { refused, reserved } = await swapped(connector, lost)
  expect(refused.map(({ reservation }) => reservation.id)).toEqual([lost.id])
  expect(reserved).toHaveLength(1)
  const last = await swapped(connector, lost)
  expect(last.refused, 'when nothing is left too').toHaveLength(1)
  expect(last.reserved).toEqual([])
  expect(await counts(connector)).toEqual([0, 0, 1, 0])
})

test('a paused queue gives no next job, unless it is to', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.push([1, 2, 3].map((n) => envelope(n)))
  const running = await first(connector)
  await connector.applyPauses!(['default'])
  expect(await swapped(connector, running)).toEqual({ refused: [], reserved: [] })
  expect(await counts(connector)).toEqual([2, 0, 0, 0])
  const [forced] = await connector.reserve({ ...request, force: true })
  expect((await swapped(connector, forced!, { force: true })).reserved).toHaveLength(1)
})

test('what is due comes when the list has nothing, in the same turn', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.push([envelope(1)])
  const running = await first(connector)
  await server.cli('ZADD', 'queues:default:delayed', 1, envelope(3).body)
  const { refused, reserved } = await swapped(connector, running)
  expect(refused).toEqual([])
  expect(reserved).toHaveLength(1)
})

test('a lease without end has none', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.push([envelope(1), envelope(2)])
  await swapped(connector, await first(connector), { expireMs: null })
  const [, score] = (await server.cli('ZRANGE', 'queues:default:reserved', 0, -1, 'WITHSCORES')) as string[]
  expect(score).toBe('inf')
})

test('a key of another kind is told before anything is taken', async () => {
  const server = await testRedis()
  const connector = await openRedis({ url: server.url })
  await connector.push([envelope(1), envelope(2)])
  const running = await first(connector)
  await server.cli('SET', 'queues:default:reserved', 'x')
  await expect(swapped(connector, running)).rejects.toThrow(/queues:default:reserved/)
  expect(await server.cli('LLEN', 'queues:default')).toBe(1)
})

test('a swap whose answer is lost may be sent again: nothing is deleted twice, and what it took comes back', async () => {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const connector = await openRedis({ url: proxy.url })
  await connector.push([1, 2, 3, 4].map((n) => envelope(n)))
  // The server learns the script by the first one.
  const [running] = (await swapped(connector, await first(connector))).reserved as [Reservation]
  const dropped = proxy.dropReplies('EVALSHA')
  const lost = swapped(connector, running).catch((error: unknown) => error)
  await dropped
  proxy.cut()
  expect(await lost).toBeInstanceOf(Error)
  const { refused, reserved } = await swapped(connector, running)
  expect(refused, 'the worker takes this for done, as it had sent it before').toHaveLength(1)
  expect(reserved).toHaveLength(1)
  expect(await counts(connector)).toEqual([0, 0, 2, 0])
})
