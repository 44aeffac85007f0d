import { expect, test } from 'vitest'
import { PushOutcomeUnknown } from '../../../src/contract/errors.ts'
import { testRedis } from '../../redis-server.ts'
import { type TcpProxy, testProxy } from '../../tcp-proxy.ts'
import { clientOf } from '../wire-work.ts'
import { counts, envelope, openRedis, RedisRig } from './redis-rig.ts'

async function proxied(options = {}) {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const connector = await openRedis({ url: proxy.url, ...options })
  // What first calls bring along (the scripts themselves, the set of queues, the life of the bitmap) is over with.
  await connector.push([envelope('first', 'other')])
  for (const data of ['first', 'second']) await connector.push([envelope(data)])
  await connector.settle((await reserve(connector)).map((reservation) => ({ kind: 'delete', reservation })))
  return { server, proxy, connector }
}

function reserve(connector: Awaited<ReturnType<typeof openRedis>>, limit = 10) {
  return connector.reserve({ queues: ['default'], limit, expireMs: 60_000 })
}

/** Does something whose answer is lost on the way, with the connection. */
async function unanswered<Result>(proxy: TcpProxy, marker: string, work: () => Promise<Result>) {
  const dropped = proxy.dropReplies(marker)
  const outcome = work().then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  )
  await dropped
  proxy.cut()
  return outcome
}

test('fault 11: a push whose answer is lost is of unknown outcome, and retry() stores it once', async () => {
  const { proxy, connector } = await proxied()
  const job = envelope('lost answer')
  const { error } = await unanswered(proxy, job.id, () => connector.push([job]))
  expect(error).toBeInstanceOf(PushOutcomeUnknown)
  expect(await counts(connector)).toEqual([1, 0, 0, 0])
  for (let round = 1; round <= 3; round++)
    expect(await (error as PushOutcomeUnknown).retry()).toEqual([job.id])
  expect(await counts(connector)).toEqual([1, 0, 0, 0])
})

test('fault 11: retry() of a push whose job ran meanwhile does not bring it back', async () => {
  const { proxy, connector } = await proxied()
  const job = envelope('done meanwhile')
  const { error } = await unanswered(proxy, job.id, () => connector.push([job]))
  const [reservation] = await reserve(connector)
  expect(await connector.settle([{ kind: 'delete', reservation: reservation! }])).toEqual([])
  await (error as PushOutcomeUnknown).retry()
  expect(await counts(connector)).toEqual([0, 0, 0, 0])
})

test('fault 11: a push that never arrived is of unknown outcome too, and retry() stores it', async () => {
  const { proxy, connector } = await proxied()
  const batch = [envelope('a'), envelope('b', 'default', 60_000), envelope('c', 'third')]
  const lost = proxy.loseRequest(batch[0]!.id)
  const error = await connector.push(batch).catch((reason: unknown) => reason)
  await lost
  expect(error).toBeInstanceOf(PushOutcomeUnknown)
  const repeat = (error as PushOutcomeUnknown).retry
  expect(await repeat()).toEqual(batch.map(({ id }) => id))
  expect(await counts(connector)).toEqual([1, 1, 0, 0])
  expect(await counts(connector, 'third')).toEqual([1, 0, 0, 0])
})

test('fault 11: retry() whose own answer is lost is of unknown outcome again, and its retry() stores it once', async () => {
  const { proxy, connector } = await proxied()
  const job = envelope('twice')
  const first = await unanswered(proxy, job.id, () => connector.push([job]))
  const second = await unanswered(proxy, job.id, () => (first.error as PushOutcomeUnknown).retry())
  expect(second.error).toBeInstanceOf(PushOutcomeUnknown)
  expect(await (second.error as PushOutcomeUnknown).retry()).toEqual([job.id])
  expect(await counts(connector)).toEqual([1, 0, 0, 0])
})

test('fault 11: each of those who pushed in one tick may repeat, and all jobs are there once', async () => {
  const { proxy, connector } = await proxied()
  const jobs = [envelope(1), envelope(2), envelope(3)]
  const dropped = proxy.dropReplies(jobs[2]!.id)
  const pushes = jobs.map((job) => connector.push([job]).catch((error: unknown) => error))
  await dropped
  proxy.cut()
  const errors = (await Promise.all(pushes)) as PushOutcomeUnknown[]
  for (const [at, error] of errors.entries()) {
    expect(error).toBeInstanceOf(PushOutcomeUnknown)
    expect(await error.retry()).toEqual([jobs[at]!.id])
  }
  expect(await counts(connector)).toEqual([3, 0, 0, 0])
})

test('fault 11: Queue.push and Queue.bulk reject with the same error, whose retry() answers the ids', async () => {
  const { proxy, connector } = await proxied()
  const client = clientOf(connector)
  await client.open()
  const one = await unanswered(proxy, 'marker one', () => client.push('J', 'marker one'))
  expect(one.error).toBeInstanceOf(PushOutcomeUnknown)
  expect(await (one.error as PushOutcomeUnknown).retry()).toEqual([expect.stringMatching(/^tq\w{30}$/)])
  const bulk = [
    { job: 'J', data: 'marker two' },
    { job: 'J', data: 'x', delay: 60 },
  ]
  const many = await unanswered(proxy, 'marker two', () => client.bulk(bulk))
  expect(await (many.error as PushOutcomeUnknown).retry()).toHaveLength(2)
  expect(await counts(connector)).toEqual([2, 1, 0, 0])
})

test('fault 11: a half answer is no answer', async () => {
  const { proxy, connector } = await proxied()
  const job = envelope('half')
  proxy.truncate(job.id, 1)
  const error = await connector.push([job]).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(PushOutcomeUnknown)
  await (error as PushOutcomeUnknown).retry()
  expect(await counts(connector)).toEqual([1, 0, 0, 0])
})

for (const kind of ['delete', 'release', 'bury'] as const)
  test(`fault 11: the lost answer of a ${kind}: repeated, it does nothing more`, async () => {
    const { proxy, connector } = await proxied()
    const job = envelope(kind)
    await connector.push([job])
    const [reservation] = await reserve(connector)
    const settlement = { kind, reservation: reservation!, delayMs: 60_000, spend: true, reason: 'it failed' }
    const { error } = await unanswered(proxy, job.id, () => connector.settle([settlement]))
    expect(connector.isTransient(error)).toBe(true)
    const after = await counts(connector)
    expect(after).toEqual({ delete: [0, 0, 0, 0], release: [0, 1, 0, 0], bury: [0, 0, 0, 1] }[kind])
    expect(await connector.settle([settlement]), 'refused, for it is no longer ours').toEqual([settlement])
    expect(await counts(connector)).toEqual(after)
  })

test('fault 11: the lost answer of a retry of failed jobs: repeated, it does nothing more', async () => {
  const { proxy, connector } = await proxied()
  const bury = async () => {
    await connector.push([envelope('failed')])
    const [reservation] = await reserve(connector)
    await connector.settle([{ kind: 'bury', reservation: reservation!, reason: 'it failed' }])
    return (await connector.failed.all())[0]
  }
  await connector.failed.retry([(await bury())!.id])
  await connector.clear('default')
  const failed = await bury()
  const isMove = (request: string) => request.includes('"failed"') && request.includes(failed!.id)
  const dropped = proxy.dropReplies(isMove)
  const outcome = connector.failed.retry([failed!.id]).catch((error: unknown) => error)
  await dropped
  proxy.cut()
  expect(connector.isTransient(await outcome)).toBe(true)
  expect(await connector.failed.retry([failed!.id])).toEqual([])
  expect(await counts(connector)).toEqual([1, 0, 0, 0])
})

test('fault 11: the lost answer of a reserve: its jobs run when their lease ends', async () => {
  const { proxy, connector } = await proxied()
  const job = envelope('reserved unseen')
  await connector.push([job])
  const request = { queues: ['default'], limit: 10, expireMs: 300 }
  const { error } = await unanswered(proxy, 'queues:default:reserved', () => connector.reserve(request))
  expect(connector.isTransient(error)).toBe(true)
  expect(await counts(connector)).toEqual([0, 0, 1, 0])
  const rig = new RedisRig(connector, undefined, { sleepMs: 200 })
  const { attempts } = await rig.nth('job:processed')
  expect([rig.ran, attempts]).toEqual([['reserved unseen'], 2])
})

test('fault 11: a worker whose settle went unanswered repeats it, and says nothing of a lost job', async () => {
  const server = await testRedis()
  const proxy = await testProxy(server.port)
  const connector = await openRedis({ url: proxy.url })
  const job = envelope('settled unseen')
  const rig = new RedisRig(connector, () => {
    void proxy.dropReplies(job.id).then(() => proxy.cut())
  })
  await rig.next('worker:idle')
  const direct = await openRedis({ url: server.url })
  await direct.push([job])
  await rig.nth('store:up')
  await rig.next('worker:idle')
  expect(await counts(direct)).toEqual([0, 0, 0, 0])
  expect([rig.all('job:lost'), rig.ran]).toEqual([[], ['settled unseen']])
})
