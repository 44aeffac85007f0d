import { beforeEach, describe, expect, test } from 'vitest'
import type { DatabaseConnector } from '../../../src/connectors/database/index.ts'
import type { Settlement } from '../../../src/contract/connector.ts'
import { testMysql } from '../../mysql-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { envelope, request } from '../database-store.ts'
import { RedisRig } from '../redis/redis-rig.ts'
import { openMysql, Tables } from './mysql-store.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())

const places = async (store: DatabaseConnector) => {
  const { ready, delayed, reserved, failed } = await store.size('default')
  return { waiting: ready + delayed, reserved, failed }
}

test('a job is buried once the table of failed jobs is there again, and until then it stays reserved and others go on', {
  timeout: 60_000,
}, async () => {
  const store = await tables.open()
  const [failed, away] = [`${tables.prefix}failed_jobs`, `${tables.prefix}away`]
  await store.push([envelope('default', '{"job":"J","data":"bad"}')])
  await tables.sql(`RENAME TABLE ${failed} TO ${away}`)
  const ran: unknown[] = []
  const rig = new RedisRig(
    store,
    (data, job) => {
      ran.push(`${String(data)} ${job.attempts}`)
      if (data === 'bad') throw new Error('it failed')
    },
    { tries: 1, sleepMs: 50, expireMs: 3_000 },
  )
  const { message } = await rig.nth('job:warning')
  expect(message).toMatch(/the store refused to have it failed: it stays reserved \(.*doesn't exist/)
  await store.push([envelope('default', '{"job":"J","data":"good"}')])
  await rig.nth('job:processed')
  expect(rig.all('job:failed')).toEqual([])
  await expect.poll(() => tables.sql(`SELECT reserved FROM ${tables.jobs}`)).toEqual([{ reserved: 1 }])
  await tables.sql(`RENAME TABLE ${away} TO ${failed}`)
  // Its lease has to end; then it is over its tries, and is buried unrun.
  await rig.nth('job:failed')
  expect(ran).toEqual(['bad 1', 'good 1'])
  expect(await places(store)).toEqual({ waiting: 0, reserved: 0, failed: 1 })
})

describe('a burial is one with the removal', () => {
  test.each(['the reply', 'the request'])('whatever of its COMMIT is lost (%s)', async (what) => {
    const server = await testMysql({ durable: true })
    const proxy = await testProxy(server.port)
    const url = server.urlOf('root', proxy.port)
    const store = await openMysql(url, { dsn: { url, deadlineMs: 500 } })
    await store.push([envelope('default')])
    const [reservation] = await store.reserve(request('default'))
    const burial: Settlement = { kind: 'bury', reservation: reservation!, reason: 'no' }
    void (what === 'the reply' ? proxy.dropReplies('COMMIT') : proxy.loseRequest('COMMIT'))
    await expect(store.settle([burial])).rejects.toMatchObject({ transient: true })
    const isDone = what === 'the reply'
    expect(await places(store)).toEqual({ waiting: 0, reserved: isDone ? 0 : 1, failed: isDone ? 1 : 0 })
    expect(await store.settle([burial])).toHaveLength(isDone ? 1 : 0)
    expect(await places(store)).toEqual({ waiting: 0, reserved: 0, failed: 1 })
  })

  test('when the server is killed in the midst of many', { timeout: 60_000 }, async () => {
    const server = await testMysql({ durable: true })
    const store = await openMysql(server.url, { dsn: { url: server.url, connectMs: 1_000 } })
    const count = 200
    await store.push(Array.from({ length: count }, () => envelope('default')))
    const taken = await store.reserve(request('default', undefined, count))
    expect(taken).toHaveLength(count)
    const burials = taken.map((reservation): Settlement => ({ kind: 'bury', reservation, reason: 'no' }))
    const burying = (async () => {
      for (const each of burials) await store.settle([each])
    })()
    const ended = expect(burying).rejects.toMatchObject({ transient: true })
    while (Number((await server.sql('SELECT COUNT(*) AS n FROM test.failed_jobs'))[0]!.n) < count / 4);
    await server.kill('SIGKILL')
    await ended
    await server.launch()
    const { reserved, failed } = await places(store)
    expect(reserved + failed).toBe(count)
    expect(failed).toBeGreaterThanOrEqual(count / 4)
    expect(reserved).toBeGreaterThan(0)
    await store.settle(burials)
    expect(await places(store)).toEqual({ waiting: 0, reserved: 0, failed: count })
  })
})
