import assert from 'node:assert/strict'
import type { PullConnector, Reservation } from '../../contract/connector.ts'
import { type Check, dayMs, ids, leaseMs, remove, sorted, startMs } from './trial.ts'

export const concurrencyChecks: readonly Check[] = [
  {
    name: 'concurrent reservers get every job once',
    async run(trial) {
      const pushed = await trial.push('mail', 300)
      const other = await trial.other()
      const all = await Promise.all([
        takeAll(trial.store, 7),
        takeAll(other, 11),
        takeAll(trial.store, 1),
        takeAll(other, 5),
      ])
      const taken = [...all.flat(), ...(await trial.drain('mail'))]
      assert.deepEqual(sorted(ids(taken)), sorted(pushed), 'a job was delivered twice, or was lost')
    },
  },
  {
    name: 'concurrent reservers share the leases that ended without overlap',
    async run(trial) {
      const pushed = await trial.push('mail', 60)
      await trial.drain('mail')
      const other = await trial.other()
      const all = await Promise.all([takeAll(trial.store, 7, leaseMs), takeAll(other, 11, leaseMs)])
      const taken = [...all.flat(), ...(await trial.drain('mail', leaseMs))]
      assert.deepEqual(sorted(ids(taken)), sorted(pushed), 'a job was delivered twice, or was lost')
      assert.ok(
        taken.every((each) => each.attempts === 2),
        'an ended lease counts once, whoever finds it',
      )
    },
  },
  {
    name: 'jobs pushed, reserved and deleted all at once are each done once',
    async run(trial) {
      const other = await trial.other()
      const done: string[] = []
      const pushing = Promise.all(Array.from({ length: 20 }, () => trial.push('mail', 5)))
      const work = async (store: PullConnector) => {
        for (let round = 0; round < 30; round++) {
          const taken = await take(store, 4)
          assert.deepEqual(await store.settle(taken.map(remove), startMs), [])
          done.push(...ids(taken))
        }
      }
      const [pushed] = await Promise.all([pushing, work(trial.store), work(other)])
      done.push(...ids(await trial.drain('mail')))
      assert.deepEqual(sorted(done), sorted(pushed.flat()))
    },
  },
  {
    name: 'of concurrent settlements of one delivery exactly one is accepted',
    async run(trial) {
      await trial.push('mail', 10)
      const other = await trial.other()
      for (const taken of await trial.drain('mail')) {
        const answers = await Promise.all([
          trial.store.settle([remove(taken)], startMs),
          other.settle([{ kind: 'release', reservation: taken, delayMs: 0, spend: true }], startMs),
        ])
        assert.equal(answers.flat().length, 1, 'one settlement counts, the other is refused')
        const copies = (await trial.drain('mail', 1_000)).length
        assert.equal(copies, answers[0]!.length, 'the job is there only if the release won')
      }
    },
  },
  {
    name: 'of concurrent retries of one failed job exactly one moves it',
    async run(trial) {
      await trial.push('mail')
      const id = await trial.buried('mail')
      const other = await trial.other()
      const moved = await Promise.all([
        trial.store.failed.retry([id], startMs),
        other.failed.retry([id], startMs),
      ])
      assert.deepEqual(moved.flat(), [id])
      assert.equal((await trial.drain('mail')).length, 1, 'a retry must not make copies')
    },
  },
  {
    name: 'a push, a settlement and a failed job are seen by other connections',
    async run(trial) {
      const other = await trial.other()
      const pushed = await trial.push('mail', 2)
      const request = { queues: ['mail'], limit: 2, expireMs: leaseMs, now: startMs }
      const [a, b] = await other.reserve(request)
      assert.deepEqual(ids([a!, b!]), pushed)
      await trial.settle([remove(a!), { kind: 'bury', reservation: b!, reason: 'no' }])
      assert.equal((await other.failed.all()).length, 1)
      assert.deepEqual(await other.reserve({ ...request, now: startMs + dayMs }), [])
    },
  },
]

function take(store: PullConnector, limit: number, atMs = 0): Promise<readonly Reservation[]> {
  return store.reserve({ queues: ['mail'], limit, expireMs: leaseMs, now: startMs + atMs })
}

async function takeAll(store: PullConnector, limit: number, atMs = 0): Promise<readonly Reservation[]> {
  const all: Reservation[] = []
  for (;;) {
    const some = await take(store, limit, atMs)
    if (some.length === 0) return all
    all.push(...some)
  }
}
