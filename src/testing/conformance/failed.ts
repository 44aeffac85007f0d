import assert from 'node:assert/strict'
import { assertCarries } from './bodies.ts'
import { bury, type Check, dayMs, ids, leaseMs, release, remove, sorted, startMs } from './trial.ts'

const oddData =
  '{"n":12345678901234567890,"1":[],"path":"a\\/b","z":{},"\\u4e2d":"\\u8def","__proto__":[1.0]}'

export const failedChecks: readonly Check[] = [
  {
    name: 'burying moves a job to the failed jobs, with its bytes, queue, reason and time',
    async run(trial) {
      await trial.store.push([trial.envelope('mail', { data: oddData })], startMs)
      const taken = await trial.one('mail')
      await trial.settle(bury(taken, 'Error: "no"\n    at send (mail.ts:1)\n中文 é %s'), 3_000)
      await trial.nothing('mail', dayMs, 'a buried job must leave its queue')
      const [entry, ...rest] = await trial.store.failed.all()
      assert.ok(entry, 'the buried job must be among the failed jobs')
      assert.deepEqual(rest, [])
      assert.equal(entry.body, taken.body, 'the failed job must keep the bytes of the delivery')
      assert.equal(entry.queue, 'mail')
      assert.equal(entry.reason, 'Error: "no"\n    at send (mail.ts:1)\n中文 é %s')
      assert.equal(entry.failedAt, startMs + 3_000, 'failedAt is the time of the settlement')
      assert.equal(typeof entry.connection, 'string')
    },
  },
  {
    name: 'a long reason is kept',
    async run(trial) {
      await trial.push('mail')
      const reason = 'at line\n'.repeat(2_000)
      await trial.buried('mail', 0, reason)
      assert.equal((await trial.store.failed.all())[0]?.reason, reason)
    },
  },
  {
    name: 'a retry puts the job back into its queue, due now, with its bytes and its attempts anew',
    async run(trial) {
      const sent = trial.envelope('mail', { data: oddData })
      await trial.store.push([sent], startMs)
      await trial.settle(release(await trial.one('mail')), 0)
      const id = await trial.buried('mail', 1_000)
      assert.deepEqual(await trial.store.failed.retry([id], startMs + 2_000), [id])
      assert.deepEqual(await trial.store.failed.all(), [], 'a retried job leaves the failed jobs')
      const again = await trial.one('mail', 2_000)
      assert.equal(again.attempts, 1, 'attempts begin anew')
      assert.equal(again.queue, 'mail')
      assertCarries(trial.store.wire, again, sent.body)
    },
  },
  {
    name: 'a retried job spends attempts, is released and is deleted as any other',
    async run(trial) {
      await trial.push('mail')
      await trial.store.failed.retry([await trial.buried('mail')], startMs)
      await trial.settle(release(await trial.one('mail')), 1_000)
      const second = await trial.one('mail', 2_000)
      assert.equal(second.attempts, 2)
      const third = await trial.one('mail', 2_000 + leaseMs)
      assert.equal(third.attempts, 3)
      await trial.settle(remove(third), 2_000 + leaseMs)
      await trial.nothing('mail', dayMs, 'it was deleted')
    },
  },
  {
    name: 'a job may be buried and retried again and again',
    async run(trial) {
      const sent = trial.envelope('mail', { data: oddData })
      await trial.store.push([sent], startMs)
      for (let round = 0; round < 4; round++) {
        const id = await trial.buried('mail', round * 1_000, `round ${round}`)
        assert.equal((await trial.store.failed.all())[0]?.reason, `round ${round}`)
        assert.deepEqual(await trial.store.failed.retry([id], startMs + (round + 1) * 1_000), [id])
      }
      const last = await trial.one('mail', 4_000)
      assertCarries(trial.store.wire, last, sent.body)
      assert.equal(last.attempts, 1)
    },
  },
  {
    name: 'a retry answers only the ids it moved, and moves each once',
    async run(trial) {
      await trial.push('mail', 3)
      const [a, b, c] = [await trial.buried('mail'), await trial.buried('mail'), await trial.buried('mail')]
      assert.deepEqual(await trial.store.failed.retry(['999999999', 'nobody'], startMs), [])
      assert.deepEqual(await trial.store.failed.retry([], startMs), [], 'no ids means none, not all')
      assert.deepEqual(sorted(await trial.store.failed.retry([a, 'nobody', c], startMs)), sorted([a, c]))
      assert.deepEqual(await trial.store.failed.retry([a, c], startMs), [], 'a second retry finds nothing')
      assert.equal((await trial.drain('mail')).length, 2)
      assert.deepEqual(ids(await trial.store.failed.all()), [b])
    },
  },
  {
    name: 'a retry of several queues returns each job to its own',
    async run(trial) {
      await trial.push('mail')
      await trial.push('sms')
      const entries = [await trial.buried('mail'), await trial.buried('sms')]
      assert.equal((await trial.store.failed.retry(entries, startMs)).length, 2)
      assert.equal((await trial.one('mail')).queue, 'mail')
      assert.equal((await trial.one('sms')).queue, 'sms')
    },
  },
  {
    name: 'an id names an entry of the failed jobs and is never used again',
    async run(trial) {
      const seen: string[] = []
      for (let round = 0; round < 4; round++) {
        await trial.push('mail')
        const id = await trial.buried('mail')
        assert.ok(!seen.includes(id), `entry ${id} came back for another job`)
        seen.push(id)
        await trial.store.failed.forget([id])
      }
    },
  },
]
