import assert from 'node:assert/strict'
import { type Check, dayMs, ids, release, startMs } from './trial.ts'

export const delayChecks: readonly Check[] = [
  {
    name: 'a delayed job is not delivered before its time, and is at its time',
    async run(trial) {
      const id = await trial.later('mail', 5_000)
      await trial.nothing('mail', 0, 'it is due in 5 s')
      await trial.nothing('mail', 4_000, 'it is due in 1 s')
      const [taken] = await trial.reserve('mail', 5_000)
      assert.equal(taken?.id, id, 'it is due now')
      assert.equal(taken.attempts, 1, 'waiting for its time uses up no attempt')
    },
  },
  {
    name: 'a delay is rounded up to the resolution, never down',
    async run(trial) {
      const { resolutionMs } = trial.store
      const barely = await trial.later('mail', 1)
      await trial.nothing('mail', 0, 'a delay of 1 ms must not be rounded to none')
      assert.deepEqual(ids(await trial.drain('mail', resolutionMs)), [barely])
      const more = await trial.later('mail', resolutionMs + 1)
      await trial.nothing('mail', resolutionMs, 'a delay of one step and 1 ms was rounded down')
      assert.deepEqual(ids(await trial.drain('mail', 2 * resolutionMs)), [more])
    },
  },
  {
    name: 'delayed jobs come in the order they fall due',
    async run(trial) {
      const last = await trial.later('mail', 3_000)
      const first = await trial.later('mail', 1_000)
      const middle = await trial.later('mail', 2_000)
      assert.deepEqual(ids(await trial.drain('mail', 3_000, 2)), [first, middle, last])
    },
  },
  {
    name: 'a job that falls due goes behind those that were ready before it',
    async run(trial) {
      const delayed = await trial.later('mail', 2_000)
      const ready = await trial.push('mail', 3)
      assert.deepEqual(ids(await trial.drain('mail', 2_000)), [...ready, delayed])
    },
  },
  {
    name: 'delays of one batch are each kept',
    async run(trial) {
      const delays = [2_000, 0, 1_000]
      const batch = delays.map((delayMs) => trial.envelope('mail', { delayMs }))
      const [two, none, one] = await trial.store.push(batch, startMs)
      assert.deepEqual(ids(await trial.drain('mail', 0)), [none])
      assert.deepEqual(ids(await trial.drain('mail', 1_000)), [one])
      assert.deepEqual(ids(await trial.drain('mail', 2_000)), [two])
    },
  },
  {
    name: 'a delay of a year is kept',
    async run(trial) {
      const id = await trial.later('mail', 365 * dayMs)
      await trial.nothing('mail', 364 * dayMs, 'it is due tomorrow')
      assert.deepEqual(ids(await trial.drain('mail', 365 * dayMs)), [id])
    },
  },
  {
    name: 'a release with a delay is due after it, not before',
    async run(trial) {
      const [id] = await trial.push('mail')
      await trial.settle(release(await trial.one('mail'), 10_000), 1_000)
      await trial.nothing('mail', 10_000, 'it is due in 1 s')
      const again = await trial.one('mail', 11_000)
      assert.equal(again.id, id, 'the job keeps its id when it is released')
      assert.equal(again.attempts, 2)
    },
  },
  {
    name: 'the delay of a release is rounded up to the resolution',
    async run(trial) {
      const { resolutionMs } = trial.store
      await trial.push('mail')
      await trial.settle(release(await trial.one('mail'), resolutionMs + 1), 1_000)
      await trial.nothing('mail', 1_000 + resolutionMs, 'the delay was rounded down')
      await trial.one('mail', 1_000 + 2 * resolutionMs)
    },
  },
]
