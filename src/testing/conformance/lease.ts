import assert from 'node:assert/strict'
import { assertCarries } from './bodies.ts'
import { type Check, dayMs, ids, leaseMs, remove, sorted, startMs } from './trial.ts'

export const leaseChecks: readonly Check[] = [
  {
    name: 'the first delivery has attempts 1 and hides the job from others',
    async run(trial) {
      await trial.push('mail')
      const { attempts, receipt } = await trial.one('mail')
      assert.equal(attempts, 1)
      assert.ok(receipt.length > 0, 'a receipt must not be empty')
      await trial.nothing('mail', 0, 'the only job is reserved')
    },
  },
  {
    name: 'a job returns when its lease ends, not a step earlier',
    async run(trial) {
      const [id] = await trial.push('mail')
      await trial.one('mail')
      await trial.nothing('mail', leaseMs - trial.store.resolutionMs, 'its lease has not ended yet')
      const again = await trial.one('mail', leaseMs)
      assert.equal(again.id, id)
    },
  },
  {
    name: 'every lease that ends uses up an attempt',
    async run(trial) {
      const sent = trial.envelope('mail')
      await trial.store.push([sent], startMs)
      for (let delivery = 1; delivery <= 6; delivery++) {
        const taken = await trial.one('mail', (delivery - 1) * leaseMs)
        assert.equal(taken.attempts, delivery, 'a lease that ended must count as an attempt')
        assertCarries(trial.store.wire, taken, sent.body)
      }
    },
  },
  {
    name: 'a lease without end never ends',
    async run(trial) {
      await trial.push('mail')
      await trial.one('mail', 0, null)
      await trial.nothing('mail', 20 * 365 * dayMs, 'expire null means for ever', null)
    },
  },
  {
    name: 'leases that end together return every job once',
    async run(trial) {
      const pushed = await trial.push('mail', 30)
      assert.equal((await trial.drain('mail')).length, 30)
      const again = await trial.drain('mail', leaseMs, 7)
      assert.deepEqual(sorted(ids(again)), sorted(pushed))
      assert.ok(
        again.every((each) => each.attempts === 2),
        'each of them is at its second attempt',
      )
    },
  },
  {
    name: 'only the leases that ended return',
    async run(trial) {
      const [early] = await trial.push('mail')
      await trial.one('mail')
      await trial.push('mail', 1, 30_000)
      await trial.one('mail', 30_000)
      assert.deepEqual(ids(await trial.drain('mail', leaseMs)), [early])
    },
  },
  {
    name: 'a deleted job never returns',
    async run(trial) {
      await trial.push('mail')
      await trial.settle(remove(await trial.one('mail')), 1_000)
      await trial.nothing('mail', dayMs, 'it was deleted')
    },
  },
  {
    name: 'a renewed lease does not end at its old time but at its new one',
    async run(trial) {
      const [id] = await trial.push('mail')
      const taken = await trial.one('mail')
      assert.deepEqual(await trial.touch([taken], 40_000), [], 'its holder may renew it')
      await trial.nothing('mail', leaseMs, 'the lease was renewed')
      await trial.nothing('mail', 40_000 + leaseMs - trial.store.resolutionMs, 'the renewed lease still runs')
      const again = await trial.one('mail', 40_000 + leaseMs)
      assert.equal(again.id, id)
      assert.equal(again.attempts, 2, 'a renewal uses up no attempt, the end of the lease one')
    },
  },
  {
    name: 'a renewal does not change the receipt: the holder still settles',
    async run(trial) {
      await trial.push('mail')
      const taken = await trial.one('mail')
      for (const atMs of [10_000, 20_000, 50_000, 100_000]) {
        assert.deepEqual(await trial.touch([taken], atMs), [], 'its holder may renew it again and again')
      }
      await trial.settle(remove(taken), 120_000)
      await trial.nothing('mail', dayMs, 'it was deleted')
    },
  },
  {
    name: 'renewing twice at the same time is not a lost lease',
    async run(trial) {
      await trial.push('mail')
      const taken = await trial.one('mail')
      assert.deepEqual(await trial.touch([taken], 0), [], 'a renewal that changes nothing is still a renewal')
      assert.deepEqual(await trial.touch([taken], 0), [])
    },
  },
  {
    name: 'a lease renewed by another connection holds, and its holder still settles',
    async run(trial) {
      await trial.push('mail')
      const taken = await trial.one('mail')
      const other = await trial.other()
      assert.deepEqual(await other.touch([taken], leaseMs, startMs + 50_000), [])
      await trial.nothing('mail', leaseMs, 'another connection renewed the lease')
      await trial.settle(remove(taken), leaseMs + 1_000)
      await trial.nothing('mail', dayMs, 'it was deleted')
    },
  },
  {
    name: 'a renewal answers exactly those it refused',
    async run(trial) {
      await trial.push('mail', 4)
      const taken = await trial.drain('mail')
      const [a, b, c, d] = taken
      await trial.settle([remove(b!), remove(d!)])
      assert.deepEqual(sorted(await trial.touch(taken, 1_000)), sorted([b!.receipt, d!.receipt]))
      await trial.nothing('mail', leaseMs, 'the two that were ours are renewed')
      await trial.settle([remove(a!), remove(c!)], leaseMs)
    },
  },
  {
    name: 'renewing nothing is harmless',
    async run(trial) {
      assert.deepEqual(await trial.touch([], 0), [])
    },
  },
]
