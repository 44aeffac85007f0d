import { describe, expect, test } from 'vitest'
import type { Run } from './history.ts'
import { holds, judge, type Remains } from './judge.ts'
import type { Strike } from './strike.ts'

const nothing: Remains = { failed: [], stuck: 0, deserted: [] }
const failed = (...jobs: string[]) => ({ failed: jobs.map((job) => ({ job, why: 'broken' })) })

function run(job: string, attempts: number, beganAt: number, more: Partial<Run> = {}): Run {
  return { job, attempts, name: 'anna', pid: '7', beganAt, ...more }
}

function judged(runs: readonly Run[], strikes: readonly Strike[] = [], remains: Partial<Remains> = {}) {
  const jobs = [...new Set(runs.map(({ job }) => job))]
  const history = {
    pushed: new Map([...jobs, 'a'].map((job) => [job, job === 'doomed' ? 2 : 0])),
    runs: new Map(jobs.map((job) => [job, runs.filter((each) => each.job === job)])),
    clockSteps: 0,
  }
  return judge(history, strikes, { ...nothing, ...remains }, () => 2)
}

const well = { doneAt: 20, deletedAt: 30 }
const kill = { what: 'worker killed', hits: '7', from: 25, until: 25 }

describe('the judge of chaos', () => {
  test('is content with jobs that ran once, or again because they asked for it', () => {
    const judgement = judged([run('a', 1, 10, { againAt: 15 }), run('a', 2, 18, well), run('b', 1, 10, well)])
    expect(holds(judgement)).toBe(true)
  })

  test('finds a job that is lost, unless it is among the failed', () => {
    expect(judged([run('b', 1, 10, well)]).lost).toEqual(['a'])
    expect(judged([run('b', 1, 10, well)], [], failed('a')).lost).toEqual([])
  })

  test('finds a job that was given up though it may be tried for ever', () => {
    const runs = [
      run('a', 1, 10),
      run('doomed', 1, 10, { againAt: 12 }),
      run('doomed', 2, 14, { againAt: 15 }),
    ]
    expect(judged(runs, [], failed('a', 'doomed')).givenUp).toEqual(['a: broken'])
  })

  test('finds a job that ended twice', () => {
    expect(judged([run('a', 1, 10, well), run('a', 1, 12, well)]).forked).toEqual(['a'])
    expect(judged([run('a', 1, 10, well)], [], failed('a')).forked).toEqual(['a'])
  })

  test('finds a run without a cause, and ties another to the kill of its process', () => {
    const runs = [run('a', 1, 10, { doneAt: 20 }), run('a', 2, 40, { doneAt: 50, deletedAt: 51 })]
    expect(judged(runs).unexplained).toHaveLength(1)
    expect(judged(runs, [{ ...kill, hits: '8' }]).unexplained).toHaveLength(1)
    expect(judged(runs, [{ ...kill, from: 5, until: 5 }]).unexplained).toHaveLength(1)
    expect(judged(runs, [kill])).toMatchObject({ unexplained: [], duplicates: { 'worker killed': 1 } })
  })

  test('finds a settlement that the store took from a run whose job another had begun', () => {
    const late = run('a', 1, 10, { doneAt: 60, deletedAt: 61 })
    expect(judged([late, run('a', 2, 40, { pid: '8' })], [{ ...kill, hits: '*' }]).stale).toEqual(['a'])
  })

  test('finds a fault that made more jobs run again than were under way', () => {
    const runs = ['a', 'b', 'c'].flatMap((job) => [run(job, 1, 10), run(job, 2, 40, { pid: '8', ...well })])
    expect(judged(runs, [kill]).overBound).toEqual(['worker killed at 25: 3 jobs of anna ran again, 2 may'])
  })
})
