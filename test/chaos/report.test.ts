import { expect, test } from 'vitest'
import type { Fight } from './arena.ts'
import { reliability, told } from './report.ts'
import type { Loss } from './servers/loss.ts'

const judgement = {
  ...{ pushed: 1_200, runs: 1_300, stuck: 0, duplicates: { 'worker killed': 2 } },
  ...{ lost: [], givenUp: [], forked: [], stale: [], unexplained: [], overBound: [], deserted: [] },
}
const fight: Fight = {
  ...{ system: 'thinkq', store: 'redis', version: 'Redis 7', seed: 1, seconds: 120 },
  ...{ node: '20.20.2', date: '2026-11-27' },
  faults: { 'worker killed': 5, 'server killed': 2 },
  judgement,
  recoveries: { 'worker killed': [6_000, 5_000, 900], 'server killed': [3_000] },
}

const loss: Loss = {
  ...{ setting: 'Redis, its replica takes over', version: 'Redis 7', node: '20.20.2', date: '2026-11-27' },
  ...{ seed: 1, answered: 1_000, lost: 0, windowMs: 0 },
}

test('the report adds up the fights on each store, and says what was as soon as it is demanded', () => {
  const text = told([fight, { ...fight, seed: 2 }])
  expect(text).toContain('thinkq on redis (Redis 7): 2,400 jobs stored, 2,600 runs, 4 min')
  expect(text).toContain(
    '10 worker killed, 4 done twice; next run after 5000 ms, at most 6000 (6 seen) 7,000 at p100: yes',
  )
  expect(text).toContain(
    '4 server killed; next run after 3000 ms, at most 3000 (2 seen) 2,000 at p99: **no**',
  )
})

test('the report tells each finding in full', () => {
  const found = { ...fight, judgement: { ...judgement, lost: ['dora-1-7'] } }
  expect(told([found])).toContain('thinkq on redis, seed 1, lost: dora-1-7')
  expect(told([found])).toContain('     1 lost')
})

test('the page of the documentation has a table for each store, for servers that are not safe, and beside other systems', () => {
  const lost = { ...judgement, lost: ['dora-1-7', 'dora-1-8'], duplicates: {} }
  const other = { ...fight, system: 'BullMQ 6', judgement: lost, recoveries: {} }
  const page = reliability(
    [fight, { ...fight, store: 'sqlite', seed: 2 }],
    [fight, other],
    [loss, { ...loss, seed: 2, lost: 3, windowMs: 90.4 }],
  )
  expect(page).toContain('2026-11-27; Node 20.20.2; seeds 1, 2.')
  expect(page).toContain('## sqlite')
  expect(page).toContain('| jobs stored | 2,400 | 100,000: **no** |')
  expect(page).toContain('| kills | 14 | 1,000: **no** |')
  expect(page).toContain('| kills on the store that had the fewest | 7 | 300: **no** |')
  expect(page).toContain('| River | at least once | 1 h (`RescueStuckJobsAfter`) |')
  expect(page).toContain('| worker killed | 5 | 2 | 5,000 | 6,000 | 6,000 | 3 | 7,000 at p100: yes |')
  expect(page).toContain('| server killed | 2 | 0 | 3,000 | 3,000 | 3,000 | 1 | 2,000 at p99: **no** |')
  expect(page).toContain('| | thinkq | BullMQ 6 |\n|---|---|---|\n| faults | 7 | 7 |')
  expect(page).toContain('| lost | 0 | 2 |')
  expect(page).toContain('| Redis, its replica takes over (Redis 7) | 2 | 2,000 | 3 | 90 |')
  expect(page).toContain('| jobs done twice by a fault | 2 | 0 |')
  expect(page).toContain('worker killed, p50 / max (seen) | 5,000 / 6,000 (3) | none seen |')
})
