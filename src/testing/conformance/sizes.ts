import assert from 'node:assert/strict'
import { bury, type Check, dayMs, ids, leaseMs, release, remove, startMs } from './trial.ts'

const none = { ready: 0, delayed: 0, reserved: 0, failed: 0, oldestMs: null }

export const sizeChecks: readonly Check[] = [
  {
    name: 'a queue nobody used has size zero',
    async run(trial) {
      assert.deepEqual(await trial.store.size('nobody', startMs), none)
    },
  },
  {
    name: 'ready, delayed, reserved and failed jobs are counted apart',
    async run(trial) {
      const count = async (queue: string) => {
        const { ready, delayed, reserved, failed } = await trial.store.size(queue, startMs)
        return { ready, delayed, reserved, failed }
      }
      await trial.push('mail', 7)
      await trial.later('mail', 60_000)
      await trial.later('mail', 90_000)
      await trial.push('sms', 4)
      const [a, b, c] = [await trial.one('mail'), await trial.one('mail'), await trial.one('mail')]
      await trial.settle(bury(a))
      assert.deepEqual(await count('mail'), { ready: 4, delayed: 2, reserved: 2, failed: 1 })
      await trial.settle([remove(b), release(c, 30_000)])
      assert.deepEqual(await count('mail'), { ready: 4, delayed: 3, reserved: 0, failed: 1 })
      const sms = { ready: 4, delayed: 0, reserved: 0, failed: 0 }
      assert.deepEqual(await count('sms'), sms, 'jobs of another queue were counted')
    },
  },
  {
    name: 'a delayed job counts as ready once it is due',
    async run(trial) {
      await trial.later('mail', 60_000)
      assert.deepEqual(await trial.store.size('mail', startMs), { ...none, delayed: 1 })
      const { ready, delayed } = await trial.store.size('mail', startMs + 60_000)
      assert.deepEqual({ ready, delayed }, { ready: 1, delayed: 0 })
    },
  },
  {
    name: 'the age of the oldest ready job is right, or unknown',
    async run(trial) {
      await trial.push('mail', 1, 1_000)
      await trial.push('mail', 1, 5_000)
      await trial.later('mail', dayMs, 0)
      const { oldestMs } = await trial.store.size('mail', startMs + 11_000)
      assert.ok(oldestMs === null || oldestMs === 10_000, `expected 10000 or null, got ${oldestMs}`)
      await trial.drain('mail', 11_000)
      const { oldestMs: nobody } = await trial.store.size('mail', startMs + 11_000)
      assert.equal(nobody, null, 'without a ready job there is no oldest one')
    },
  },
  {
    name: 'looking at the size changes nothing',
    async run(trial) {
      const pushed = await trial.push('mail', 2)
      const held = await trial.one('mail')
      for (const atMs of [0, leaseMs - 1_000]) await trial.store.size('mail', startMs + atMs)
      assert.deepEqual(ids(await trial.drain('mail')), [pushed[1]])
      await trial.settle(remove(held))
    },
  },
  {
    name: 'clear removes ready and delayed jobs, answers how many, and keeps the reserved',
    async run(trial) {
      await trial.push('mail', 5)
      await trial.later('mail', 60_000)
      await trial.push('sms', 2)
      await trial.buried('mail')
      const held = await trial.one('mail', 0, null)
      assert.equal(await trial.store.clear('mail'), 4, 'three ready and one delayed')
      assert.deepEqual(await trial.store.size('mail', startMs), { ...none, reserved: 1, failed: 1 })
      await trial.nothing('mail', 120_000, 'the queue was cleared', null)
      await trial.settle(release(held), 120_000)
      const again = await trial.one('mail', 121_000)
      assert.deepEqual([again.id, again.attempts], [held.id, 2], 'a reserved job survives a clear')
      assert.equal((await trial.drain('sms')).length, 2, 'another queue was cleared too')
      assert.equal(await trial.store.clear('nobody'), 0)
    },
  },
]
