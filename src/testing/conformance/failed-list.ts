import assert from 'node:assert/strict'
import type { FailedFilter, FailedJob } from '../../contract/connector.ts'
import { type Check, dayMs, ids, sorted, startMs, type Trial } from './trial.ts'

/** Buries six jobs, two of queue sms, a second apart; the ids of their entries, oldest first. */
async function sixBuried(trial: Trial): Promise<readonly string[]> {
  const entries: string[] = []
  for (const [index, queue] of ['mail', 'sms', 'mail', 'mail', 'sms', 'mail'].entries()) {
    await trial.push(queue, 1, index * 1_000)
    entries.push(await trial.buried(queue, index * 1_000, `reason ${index}`))
  }
  return entries
}

/** The list in pages of so many. */
async function paged(trial: Trial, limit: number, filter: FailedFilter = {}): Promise<readonly FailedJob[]> {
  const read: FailedJob[] = []
  for (;;) {
    const after = read.at(-1)
    const page = await trial.store.failed.all({ ...filter, limit, ...(after && { after }) })
    assert.ok(page.length <= limit, `asked for ${limit} failed jobs, it brought ${page.length}`)
    if (page.length === 0) return read
    read.push(...page)
    assert.ok(read.length < 1_000, 'the pages of the failed jobs never end')
  }
}

export const failedListChecks: readonly Check[] = [
  {
    name: 'the failed jobs are listed newest first',
    async run(trial) {
      const entries = await sixBuried(trial)
      const all = await trial.store.failed.all()
      assert.deepEqual(ids(all), entries.toReversed())
      assert.equal(all[0]?.reason, 'reason 5')
      assert.equal(all[0]?.failedAt, startMs + 5_000)
    },
  },
  {
    name: 'the list is narrowed by ids, queue, time and number, alone and together',
    async run(trial) {
      const entries = await sixBuried(trial)
      const [a, b, c, d, e, f] = entries
      const { failed } = trial.store
      assert.deepEqual(ids(await failed.all({ ids: [b!, 'nobody', d!] })), [d, b])
      assert.deepEqual(ids(await failed.all({ ids: [] })), [], 'no ids means none, not all')
      assert.deepEqual(ids(await failed.all({ queue: 'sms' })), [e, b])
      assert.deepEqual(ids(await failed.all({ queue: 'fax' })), [])
      assert.deepEqual(
        ids(await failed.all({ before: startMs + 2_000 })),
        [c, b, a],
        'before includes its time',
      )
      assert.deepEqual(ids(await failed.all({ limit: 2 })), [f, e])
      const together = { ids: [a!, b!, c!, d!, e!], queue: 'mail', before: startMs + 4_000, limit: 2 }
      assert.deepEqual(ids(await failed.all(together)), [d, c])
    },
  },
  {
    name: 'the list is read page by page, without a gap or a repetition, whatever goes or comes meanwhile',
    async run(trial) {
      const { failed } = trial.store
      for (const queue of ['mail', 'sms', 'mail', 'mail', 'sms', 'mail', 'mail']) {
        await trial.push(queue)
        await trial.buried(queue)
      }
      await sixBuried(trial)
      const all = await failed.all()
      const sms = all.filter((job) => job.queue === 'sms')
      assert.deepEqual(ids(await paged(trial, 2)), ids(all))
      assert.deepEqual(ids(await paged(trial, 3, { queue: 'sms' })), ids(sms))
      const upTo = { before: startMs + 2_000, queue: 'mail' }
      assert.deepEqual(ids(await paged(trial, 1, upTo)), ids(await failed.all(upTo)))
      const [first, second] = [all[4]!, all[8]!]
      await failed.forget([first.id, second.id])
      await trial.push('mail', 1, 9_000)
      await trial.buried('mail', 9_000)
      assert.deepEqual(ids(await failed.all({ after: first, limit: 3 })), ids(all.slice(5, 8)))
      assert.deepEqual(ids(await failed.all({ after: second })), ids(all.slice(9)))
      assert.deepEqual(ids(await failed.all({ after: second, ids: ids(all) })), ids(all.slice(9)))
    },
  },
  {
    name: 'forget removes those it is given and answers how many there were',
    async run(trial) {
      const entries = await sixBuried(trial)
      const { failed } = trial.store
      assert.equal(await failed.forget(['nobody']), 0)
      assert.equal(await failed.forget([]), 0, 'no ids means none, not all')
      assert.equal(await failed.forget([entries[0]!, 'nobody', entries[3]!]), 2)
      assert.equal(await failed.forget([entries[0]!]), 0)
      const left = entries.filter((_, index) => index !== 0 && index !== 3)
      assert.deepEqual(sorted(ids(await failed.all())), sorted(left))
      assert.deepEqual(await failed.retry([entries[0]!], startMs), [], 'a forgotten job cannot be retried')
      await trial.nothing('mail', dayMs, 'a forgotten job is gone')
    },
  },
  {
    name: 'flush removes all and answers how many there were',
    async run(trial) {
      await sixBuried(trial)
      assert.equal(await trial.store.failed.flush(), 6)
      assert.deepEqual(await trial.store.failed.all(), [])
      assert.equal(await trial.store.failed.flush(), 0)
      await trial.nothing('mail', dayMs, 'a flushed job is gone')
    },
  },
  {
    name: 'flush before a time keeps what failed later',
    async run(trial) {
      const entries = await sixBuried(trial)
      assert.equal(await trial.store.failed.flush(startMs + 1_000), 2, 'before includes its time')
      assert.deepEqual(ids(await trial.store.failed.all()), entries.slice(2).toReversed())
      assert.equal(await trial.store.failed.flush(startMs - 1_000), 0)
    },
  },
  {
    name: 'flush and forget touch no job that waits or runs',
    async run(trial) {
      await trial.push('mail', 3)
      const entry = await trial.buried('mail')
      const held = await trial.one('mail')
      await trial.store.failed.forget([entry, held.id])
      await trial.store.failed.flush()
      await trial.settle({ kind: 'delete', reservation: held })
      assert.equal((await trial.drain('mail')).length, 1)
    },
  },
]
