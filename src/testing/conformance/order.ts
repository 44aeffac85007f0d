import assert from 'node:assert/strict'
import { type Check, ids, release, startMs } from './trial.ts'

export const orderChecks: readonly Check[] = [
  {
    name: 'an empty store delivers nothing',
    async run(trial) {
      await trial.nothing('mail', 0, 'nothing was pushed')
      assert.deepEqual(await trial.reserve([], 0), [], 'a reserve of no queues must deliver nothing')
    },
  },
  {
    name: 'push answers the ids in the order of the batch, and deliveries carry them',
    async run(trial) {
      const batch = [trial.envelope('mail'), trial.envelope('sms'), trial.envelope('mail')]
      const pushed = await trial.store.push(batch, startMs)
      assert.equal(new Set(pushed).size, 3, 'each job needs an id of its own')
      for (const id of pushed) assert.equal(typeof id, 'string', 'ids are strings')
      if (trial.store.wire === 'member') assert.deepEqual(pushed, ids(batch), 'the id is the one in the body')
      const mail = await trial.drain('mail')
      assert.deepEqual(ids(mail), [pushed[0], pushed[2]], 'the ids that push answered name the deliveries')
      assert.deepEqual(ids(await trial.drain('sms')), [pushed[1]])
    },
  },
  {
    name: 'jobs of one queue come first in, first out, across pushes',
    async run(trial) {
      const pushed = [...(await trial.push('mail', 25)), ...(await trial.push('mail', 5))]
      pushed.push(...(await trial.push('mail', 5, 1_000)))
      assert.deepEqual(ids(await trial.drain('mail', 1_000, 7)), pushed)
    },
  },
  {
    name: 'queues are served in strict order of preference, not of age',
    async run(trial) {
      const low = await trial.push('low', 3)
      const high = await trial.push('high', 3, 1_000)
      assert.deepEqual(ids(await trial.drain(['high', 'low'], 1_000, 2)), [...high, ...low])
    },
  },
  {
    name: 'a queue that is preferred again interrupts the others',
    async run(trial) {
      const low = await trial.push('low', 2)
      const names = ['high', 'low']
      assert.deepEqual(ids(await trial.reserve(names, 0, { limit: 1 })), [low[0]])
      const high = await trial.push('high', 1)
      assert.deepEqual(ids(await trial.reserve(names, 0, { limit: 1 })), high)
      assert.deepEqual(ids(await trial.reserve(names, 0, { limit: 1 })), [low[1]])
    },
  },
  {
    name: 'a reserve delivers at most its limit, and only from the queues it names',
    async run(trial) {
      await trial.push('mail', 5)
      await trial.push('sms', 5)
      const mail = await trial.reserve('mail', 0, { limit: 3 })
      assert.ok(mail.length >= 1 && mail.length <= 3, `limit 3 delivered ${mail.length} jobs`)
      const both = await trial.reserve(['mail', 'sms'], 0, { limit: 4 })
      assert.ok(both.length >= 1 && both.length <= 4, `limit 4 over two queues delivered ${both.length} jobs`)
      assert.deepEqual(await trial.reserve('mail', 0, { limit: 0 }), [], 'limit 0 must deliver nothing')
      await trial.nothing('fax', 0, 'nobody pushed to this queue')
    },
  },
  {
    name: 'naming a queue twice delivers no job twice',
    async run(trial) {
      const pushed = await trial.push('mail', 3)
      assert.deepEqual(ids(await trial.drain(['mail', 'mail'])), pushed)
    },
  },
  {
    name: 'a released job goes behind those that were due already',
    async run(trial) {
      const [first, ...others] = await trial.push('mail', 4)
      await trial.settle(release(await trial.one('mail')), 1_000)
      assert.deepEqual(ids(await trial.drain('mail', 2_000)), [...others, first])
    },
  },
  {
    name: 'a delivery names its queue',
    async run(trial) {
      await trial.push('mail')
      await trial.push('sms')
      const taken = await trial.drain(['mail', 'sms'])
      assert.deepEqual(
        taken.map((each) => each.queue),
        ['mail', 'sms'],
      )
    },
  },
]
