import assert from 'node:assert/strict'
import type { PullConnector, Reservation } from '../../contract/connector.ts'
import {
  bury,
  type Check,
  dayMs,
  giveBack,
  ids,
  leaseMs,
  named,
  release,
  remove,
  sorted,
  startMs,
  type Trial,
} from './trial.ts'

export const batchChecks: readonly Check[] = [
  {
    name: 'empty batches are harmless',
    async run(trial) {
      assert.deepEqual(await trial.store.push([], startMs), [])
      assert.deepEqual(await trial.store.settle([], startMs), [])
      const request = { queues: ['mail'], limit: 10, expireMs: leaseMs, now: startMs }
      const exchanged = await trial.store.exchange?.([], request)
      assert.deepEqual(exchanged ?? { refused: [], reserved: [] }, { refused: [], reserved: [] })
    },
  },
  {
    name: 'a thousand jobs go in, come out in order and are settled in one batch each',
    async run(trial) {
      const pushed = await trial.push('mail', 1_000)
      assert.equal(pushed.length, 1_000)
      const taken = await trial.drain('mail', 0, 1_000)
      assert.deepEqual(ids(taken), pushed)
      await trial.settle(taken.map(remove), 1_000)
      await trial.nothing('mail', dayMs, 'all were deleted')
    },
  },
  {
    name: 'a thousand jobs are released in one batch and come back in order of their delays',
    async run(trial) {
      await trial.push('mail', 1_000)
      const taken = await trial.drain('mail', 0, 1_000)
      const delays = taken.map((each, index) => release(each, 1_000_000 - index * 1_000))
      await trial.settle(delays, 0)
      const again = await trial.drain('mail', 1_000_000, 1_000)
      assert.deepEqual(ids(again), ids(taken).toReversed())
    },
  },
  {
    name: 'a batch of every kind, with strangers among it, refuses exactly the strangers',
    async run(trial) {
      const [deleted, released, given, buried] = await trial.push('mail', 4)
      await trial.push('lost', 4)
      const lost = await trial.drain('lost', 0)
      const [a, b, c, d] = await trial.drain('mail', leaseMs)
      await trial.drain('lost', leaseMs)
      const theirs = [bury(lost[0]!), giveBack(lost[1]!), remove(lost[2]!), release(lost[3]!)]
      const ours = [remove(a!), release(b!), giveBack(c!), bury(d!)]
      const mixed = [theirs[0]!, ours[0]!, ours[1]!, theirs[1]!, theirs[2]!, ours[2]!, ours[3]!, theirs[3]!]
      const refused = await trial.store.settle(mixed, startMs + leaseMs)
      assert.deepEqual(
        named(refused),
        named(theirs),
        'refused must be those whose lease was lost, all of them',
      )
      const back = await trial.drain('mail', leaseMs + 1_000)
      assert.deepEqual(sorted(ids(back)), sorted([released!, given!]))
      assert.deepEqual(
        back.map((each) => [each.id, each.attempts]).toSorted(),
        [
          [released, 2],
          [given, 1],
        ].toSorted(),
      )
      assert.equal((await trial.store.failed.all()).length, 1, `only ${buried} was buried`)
      assert.ok(!ids(back).includes(deleted!), 'the deleted job came back')
    },
  },
  {
    name: 'one batch settles deliveries of several queues',
    async run(trial) {
      await trial.push('mail', 2)
      await trial.push('sms', 2)
      const taken = [...(await trial.drain('mail')), ...(await trial.drain('sms'))]
      await trial.settle(taken.map((each, index) => (index % 2 === 0 ? remove(each) : release(each))))
      assert.deepEqual(ids(await trial.drain(['mail', 'sms'], 1_000)), [taken[1]!.id, taken[3]!.id])
    },
  },
  {
    name: 'a delivery settled twice in one batch leaves one copy at most',
    async run(trial) {
      await trial.push('mail', 2)
      const [a, b] = await trial.drain('mail')
      await trial.store.settle([release(a!), release(a!), giveBack(b!), bury(b!)], startMs)
      const copies = ids(await trial.drain('mail', 1_000))
      assert.equal(copies.filter((id) => id === a!.id).length, 1, 'two releases left one job twice')
      const ends = copies.filter((id) => id === b!.id).length + (await trial.store.failed.all()).length
      assert.equal(ends, 1, 'a job must be either released or buried, not both')
    },
  },
  {
    name: 'a push across queues stores every job in its own',
    async run(trial) {
      const names = ['mail', 'sms', 'mail', 'fax', 'sms']
      const pushed = await trial.store.push(
        names.map((name) => trial.envelope(name)),
        startMs,
      )
      for (const queue of new Set(names)) {
        const expected = pushed.filter((_, index) => names[index] === queue)
        assert.deepEqual(ids(await trial.drain(queue)), expected)
      }
    },
  },
  {
    name: 'exchange, where there is one, does what settle and then reserve do',
    async run(trial) {
      const { exchange } = trial.store
      if (exchange === undefined) return
      const apart = await outcome(trial, 'apart', async (batch, request) => ({
        refused: await trial.store.settle(batch, request.now),
        reserved: await trial.store.reserve(request),
      }))
      const together = await outcome(trial, 'together', exchange.bind(trial.store))
      assert.deepEqual(together, apart, 'exchange differs from settle and then reserve')
    },
  },
]

/** What a batch of every kind and a reserve leave behind, in a form that does not depend on ids. */
async function outcome(trial: Trial, queue: string, exchange: NonNullable<PullConnector['exchange']>) {
  const early = await trial.push(queue, 12)
  const stale = [
    await trial.one(queue),
    await trial.one(queue),
    await trial.one(queue),
    await trial.one(queue),
  ]
  const [a, b, c, d] = await trial.drain(queue, leaseMs, 5)
  const late = await trial.push(queue, 3, leaseMs)
  const theirs = [release(stale[0]!), bury(stale[1]!), remove(stale[2]!), giveBack(stale[3]!)]
  const batch = [
    theirs[0]!,
    remove(a!),
    release(b!),
    theirs[1]!,
    theirs[2]!,
    giveBack(c!, 5_000),
    bury(d!),
    theirs[3]!,
  ]
  const request = { queues: [queue], limit: 2, expireMs: leaseMs, now: startMs + leaseMs + 1_000 }
  const { refused, reserved } = await exchange(batch, request)
  assert.deepEqual(named(refused), named(theirs), 'refused must be those whose lease was lost, all of them')
  assert.ok(reserved.length >= 1 && reserved.length <= 2, `limit 2 delivered ${reserved.length} jobs`)
  const { ready, delayed, failed } = await trial.store.size(queue, request.now)
  const rest = await trial.drain(queue, leaseMs + 10_000)
  const pushed = [...early, ...late]
  const describe = (each: Reservation) => ({ job: pushed.indexOf(each.id), attempts: each.attempts })
  return { reserved: reserved.map(describe), rest: rest.map(describe), ready, delayed, failed }
}
