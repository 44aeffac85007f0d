import assert from 'node:assert/strict'
import type { Settlement } from '../../contract/connector.ts'
import { assertCarries } from './bodies.ts'
import {
  bury,
  type Check,
  dayMs,
  giveBack,
  ids,
  leaseMs,
  release,
  remove,
  startMs,
  type Trial,
} from './trial.ts'

export const releaseChecks: readonly Check[] = [
  {
    name: 'a release uses up an attempt',
    async run(trial) {
      const sent = trial.envelope('mail')
      await trial.store.push([sent], startMs)
      for (let delivery = 1; delivery <= 5; delivery++) {
        const taken = await trial.one('mail', delivery * 2_000)
        assert.equal(taken.attempts, delivery, 'a release that spends must count as an attempt')
        assertCarries(trial.store.wire, taken, sent.body)
        await trial.settle(release(taken), delivery * 2_000 + 1_000)
      }
    },
  },
  {
    name: 'an unspent release uses up no attempt',
    async run(trial) {
      const sent = trial.envelope('mail')
      await trial.store.push([sent], startMs)
      for (let delivery = 1; delivery <= 5; delivery++) {
        const taken = await trial.one('mail', delivery * 2_000)
        assert.equal(taken.attempts, 1, 'a release that does not spend must leave attempts alone')
        assertCarries(trial.store.wire, taken, sent.body)
        await trial.settle(giveBack(taken), delivery * 2_000 + 1_000)
      }
    },
  },
  {
    name: 'attempts survive a mixture of releases and ended leases',
    async run(trial) {
      await trial.push('mail')
      await trial.settle(release(await trial.one('mail')), 1_000)
      await trial.settle(giveBack(await trial.one('mail', 2_000)), 3_000)
      await trial.one('mail', 4_000)
      await trial.settle(giveBack(await trial.one('mail', 4_000 + leaseMs)), 5_000 + leaseMs)
      const last = await trial.one('mail', 6_000 + leaseMs)
      assert.equal(last.attempts, 3, 'one release and one ended lease make this the third attempt')
    },
  },
  {
    name: 'no receipt occurs twice in the life of a job',
    async run(trial) {
      await trial.push('mail')
      const receipts: string[] = []
      for (const [step, end] of aLongLife.entries()) {
        const atMs = step * leaseMs
        const taken = await trial.one('mail', atMs)
        receipts.push(taken.receipt)
        if (end === 'expire') continue
        await trial.settle(settlements[end](taken), atMs)
        if (end === 'bury') await retryAll(trial, atMs)
      }
      assert.equal(new Set(receipts).size, receipts.length, `a receipt came back: ${receipts.join(' | ')}`)
    },
  },
  ...(['delete', 'release', 'unspent release', 'bury'] as const).flatMap((first) =>
    (['delete', 'release', 'unspent release', 'bury'] as const).map((second) => settledTwice(first, second)),
  ),
]

const settlements = { delete: remove, release, 'unspent release': giveBack, bury }

/** Every end of a delivery but deletion, each after each. */
const aLongLife = [
  ...([
    'unspent release',
    'unspent release',
    'release',
    'release',
    'expire',
    'expire',
    'bury',
    'bury',
  ] as const),
  ...([
    'unspent release',
    'expire',
    'release',
    'bury',
    'expire',
    'unspent release',
    'bury',
    'release',
  ] as const),
  ...(['unspent release', 'bury', 'unspent release', 'expire', 'bury', 'expire', 'release'] as const),
]

async function retryAll(trial: Trial, atMs: number): Promise<void> {
  const entries = ids(await trial.store.failed.all())
  assert.deepEqual(await trial.store.failed.retry(entries, startMs + atMs), entries)
}

/** Whatever a delivery was settled as, a second settlement is refused and changes nothing. */
function settledTwice(first: keyof typeof settlements, second: keyof typeof settlements): Check {
  return {
    name: `after ${first}, ${second} by the same delivery is refused`,
    async run(trial) {
      await trial.push('mail')
      const taken = await trial.one('mail')
      await trial.settle(settlements[first](taken), 1_000)
      const again: Settlement = settlements[second](taken)
      await trial.refused(again, 2_000, `the delivery was already settled as ${first}`)
      const copies = (await trial.drain('mail', 3_000)).length
      const entries = (await trial.store.failed.all()).length
      const expected = first === 'delete' ? [0, 0] : first === 'bury' ? [0, 1] : [1, 0]
      assert.deepEqual([copies, entries], expected, 'copies in the queue, entries among the failed jobs')
      if (copies === 0) await trial.nothing('mail', dayMs, 'nothing was left in the queue')
    },
  }
}
