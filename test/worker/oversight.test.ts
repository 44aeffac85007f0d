import { expect, test } from 'vitest'
import { defineJob } from '../../src/contract/job.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import type { Overseer } from '../../src/worker/oversight.ts'
import { note, Rig } from './rig.ts'

/** Remembers what it was told, by ids and receipts. */
class Witness implements Overseer {
  readonly words: { came: string[]; went: string[] }[] = []
  readonly restarts: number[] = []
  readonly #receipts = new Map<string, string>()

  held(...[came, went]: Parameters<Overseer['held']>): void {
    for (const { id, receipt } of came) this.#receipts.set(receipt, id)
    this.words.push({ came: came.map(({ id }) => id), went: went.map((each) => this.#receipts.get(each)!) })
  }

  restarted(restarts: number): void {
    this.restarts.push(restarts)
  }
}

/** Runs for as many milliseconds of the clock as it is given. */
const lasting = (clock: FakeClock) =>
  defineJob(({ ms }: { ms: number }) => new Promise<void>((resolve) => clock.after(ms, resolve)))

test('an overseer is told of a job before it runs, and when it has ended', async () => {
  const overseer = new Witness()
  const clock = new FakeClock()
  const toldFirst = defineJob(() => {
    expect(overseer.words).toEqual([{ came: ['id-1'], went: [] }])
  })
  const rig = new Rig({ toldFirst }, { overseer, clock })
  await rig.push('toldFirst')
  void rig.start()
  await rig.nth('job:processed')
  await rig.advance(1_000)
  expect(overseer.words).toEqual([
    { came: ['id-1'], went: [] },
    { came: [], went: ['id-1'] },
  ])
  await rig.advance(60_000)
  expect(overseer.words).toHaveLength(2)
})

test('of jobs that begin within 100 ms of the last word it is told when they have run for 100 ms', async () => {
  const overseer = new Witness()
  const clock = new FakeClock()
  const rig = new Rig({ lasting: lasting(clock) }, { overseer, clock, concurrency: 3 })
  for (const ms of [5_000, 5_000, 50]) await rig.push('lasting', { ms })
  void rig.start()
  await rig.nth('worker:start')
  await rig.advance(99)
  expect(overseer.words).toEqual([{ came: ['id-1'], went: [] }])
  await rig.advance(1)
  expect(overseer.words[1]).toEqual({ came: ['id-2'], went: [] })
})

test('quick jobs are worth ten words a second, however many there are', async () => {
  const overseer = new Witness()
  const clock = new FakeClock()
  const rig = new Rig({ lasting: lasting(clock) }, { overseer, clock, sleepMs: 10 })
  for (let each = 0; each < 100; each++) await rig.push('lasting', { ms: 9 })
  void rig.start()
  while (rig.all('job:processed').length < 100) await rig.advance(10)
  expect(overseer.words.length).toBeGreaterThan(5)
  expect(overseer.words.length).toBeLessThanOrEqual(2 * 10 + 2)
  expect(overseer.words.every(({ came }) => came.length <= 1)).toBe(true)
})

test('a restart is its affair, and the worker goes on', async () => {
  const overseer = new Witness()
  const rig = new Rig({ note }, { overseer })
  void rig.start()
  await rig.nth('worker:start')
  await rig.control.restart()
  await rig.advance(1_000)
  expect(overseer.restarts).toEqual([1])
  await rig.push('note')
  await rig.nth('job:processed')
})
