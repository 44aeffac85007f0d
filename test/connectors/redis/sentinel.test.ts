import { expect, test } from 'vitest'
import { PushOutcomeUnknown } from '../../../src/contract/errors.ts'
import { masterName, testSentinel } from '../../redis-sentinel.ts'
import { clientOf } from '../wire-work.ts'
import { counts, envelope, makeRedis, openRedis, RedisRig, timed } from './redis-rig.ts'

test('when the master is killed, worker and producer go on at the one that the sentinel promoted', {
  timeout: 60_000,
}, async () => {
  const set = await testSentinel()
  const { host, port } = set.sentinel
  const options = { sentinels: [{ host, port }], master: masterName }
  const rig = new RedisRig(await makeRedis(options), undefined, { sleepMs: 500 })
  const client = clientOf(await makeRedis(options))
  await client.push('J', 'before')
  await rig.nth('job:processed')
  await rig.next('worker:idle')
  const direct = await openRedis({ url: set.replica.url }).catch((error: unknown) => error)
  expect(String(direct), 'the replica itself is refused').toContain('READONLY')
  await client.later(1, 'J', 'delayed')
  await set.master.replicated()
  await set.master.kill()
  await set.promoted(set.replica)
  const took = await timed(async () => {
    for (let isStored = false; !isStored; )
      isStored = await client.push('J', 'after').then(
        () => true,
        (error: unknown) => {
          if (error instanceof PushOutcomeUnknown) return error.retry().then(Boolean, () => false)
          return false
        },
      )
    await rig.until(() => rig.ran.includes('after') && rig.ran.includes('delayed'))
  })
  expect(took).toBeLessThan(6_000)
  expect([rig.all('job:error'), rig.all('job:failed')]).toEqual([[], []])
  const back = await openRedis({ url: set.replica.url })
  await back.push([envelope('direct')])
  await rig.until(() => rig.ran.includes('direct'))
  await rig.next('worker:idle')
  expect(await counts(back)).toEqual([0, 0, 0, 0])
})

test('a sentinel that is away is passed over for the next', async () => {
  const set = await testSentinel()
  const away = { host: '127.0.0.1', port: 1 }
  const { host, port } = set.sentinel
  const connector = await openRedis({ sentinels: [away, { host, port }], master: masterName })
  expect(await connector.push([envelope(1)])).toHaveLength(1)
  expect(await set.master.cli('LLEN', 'queues:default')).toBe(1)
})

test('a master that the sentinels do not know is named in the error, with those they know', async () => {
  const set = await testSentinel()
  const { host, port } = set.sentinel
  const away = { host: '127.0.0.1', port: 1 }
  const connector = await makeRedis({ sentinels: [away, { host, port }], master: 'nobody' })
  const error = await connector.open().catch((reason: unknown) => reason)
  expect(String(error)).toMatch(/the sentinels know no master "nobody": they know queue-master$/)
  expect(connector.isTransient(error)).toBe(true)
})

test('sentinels that nobody reaches are not taken for such as do not know the master', async () => {
  const connector = await makeRedis({ sentinels: [{ host: '127.0.0.1', port: 1 }], master: 'm' })
  await expect(connector.open()).rejects.toThrow(/none of the sentinels named the master/)
})
