import { expect, test } from 'vitest'
import type { Run } from './history.ts'
import { percentile, recoveries } from './recovery.ts'
import type { Strike } from './strike.ts'

/** Anna ran it until she was killed at 1,000, and bert, who had nothing to do, took it at 7,000. */
const runs: readonly Run[] = [
  { job: 'a', attempts: 1, name: 'anna', pid: '7', beganAt: 500 },
  { job: 'a', attempts: 2, name: 'bert', pid: '8', beganAt: 7_000, doneAt: 7_010, deletedAt: 7_020 },
]
const idle: readonly Run[] = [
  { job: 'b', attempts: 1, name: 'bert', pid: '8', beganAt: 100, doneAt: 110, deletedAt: 120 },
]
const history = {
  pushed: new Map([['a', 0]]),
  clockSteps: 0,
  runs: new Map([
    ['a', runs],
    ['b', idle],
  ]),
}
const kill: Strike = { what: 'worker killed', hits: '7', from: 1_000, until: 1_000 }
const seen = (...others: readonly Strike[]) => recoveries(history, [kill, ...others])['worker killed']

test('a kill tells how long it took until what was under way was run again', () => {
  expect(seen()).toEqual([6_000])
})

test('a kill tells nothing when the same worker, everybody, or one who could have taken over was out meanwhile', () => {
  const meanwhile = { from: 2_000, until: 9_000, backAt: 4_000 }
  expect(seen({ what: 'black hole', hits: 'anna', ...meanwhile })).toBeUndefined()
  expect(seen({ what: 'server frozen', hits: '*', ...meanwhile })).toBeUndefined()
  expect(seen({ what: 'worker frozen', hits: '8', ...meanwhile })).toBeUndefined()
  expect(seen({ what: 'worker killed', hits: '8', from: 1_500, until: 1_500 })).toBeUndefined()
})

test('a kill tells it all the same when others were cut off for a moment, or a producer was out, or it was before', () => {
  expect(seen({ what: 'connections reset', hits: 'bert', from: 2_000, until: 3_000, backAt: 2_000 })).toEqual(
    [6_000],
  )
  expect(seen({ what: 'black hole', hits: 'dora', from: 2_000, until: 9_000, backAt: 4_000 })).toEqual([
    6_000,
  ])
  expect(seen({ what: 'worker frozen', hits: '8', from: 0, until: 900, backAt: 900 })).toEqual([6_000])
})

test('what was taken away and is there again tells how long it took until the next job began', () => {
  const reset: Strike = { what: 'connections reset', hits: 'bert', from: 6_900, until: 7_900, backAt: 6_900 }
  expect(recoveries(history, [reset])).toEqual({ 'connections reset': [100] })
  expect(recoveries(history, [{ ...reset, hits: 'anna' }])).toEqual({})
})

test('a kill tells nothing when all slots were taken', () => {
  const busy = ['b', 'c', 'd', 'e'].map(
    (job): Run => ({
      job,
      attempts: 1,
      name: 'bert',
      pid: '8',
      beganAt: 100,
      doneAt: 6_900,
      deletedAt: 6_950,
    }),
  )
  const taken = new Map([['a', runs], ...busy.map((run): [string, readonly Run[]] => [run.job, [run]])])
  expect(recoveries({ ...history, runs: taken }, [kill])).toEqual({})
})

test('a fault of the store tells nothing either when one who could have gone on was out', () => {
  const store: Strike = { what: 'server killed', hits: '*', from: 5_000, until: 7_500, backAt: 6_500 }
  const frozen: Strike = { what: 'worker frozen', hits: '7', from: 6_000, until: 9_000, backAt: 9_000 }
  expect(recoveries(history, [store])).toEqual({ 'server killed': [500] })
  expect(recoveries(history, [store, frozen])['server killed']).toBeUndefined()
})

test('a fault of the store tells nothing when all slots were taken when it was back', () => {
  const busy = ['b', 'c', 'd', 'e'].map(
    (job): Run => ({
      ...{ job, attempts: 1, name: 'bert', pid: '8', beganAt: 100, doneAt: 6_900, deletedAt: 6_950 },
    }),
  )
  const last: Run = { job: 'f', attempts: 1, name: 'bert', pid: '8', beganAt: 6_960 }
  const taken = new Map([...busy, last].map((run): [string, readonly Run[]] => [run.job, [run]]))
  const store: Strike = { what: 'server killed', hits: '*', from: 3_000, until: 5_000, backAt: 4_000 }
  expect(recoveries({ ...history, runs: taken }, [store])).toEqual({})
  taken.delete('e')
  expect(recoveries({ ...history, runs: taken }, [store])).toEqual({ 'server killed': [2_960] })
})

test('a child that was killed just as its job began tells it apart, as its parent may not have heard of that', () => {
  const child = { ...kill, what: 'child of a parent killed' }
  const began = [{ ...runs[0]!, beganAt: 950 }, ...runs.slice(1)]
  const found = recoveries({ ...history, runs: new Map([...history.runs, ['a', began]]) }, [child])
  expect(found).toEqual({ 'child of a parent killed as its job began': [6_000] })
  expect(Object.keys(recoveries(history, [child]))).toEqual(['child of a parent killed'])
})

test('a hundredth is the value below which so many are', () => {
  const values = Array.from({ length: 200 }, (_, at) => 200 - at)
  expect([50, 99, 100].map((hundredths) => percentile(values, hundredths))).toEqual([100, 198, 200])
})
