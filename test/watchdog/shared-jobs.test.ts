import { beforeEach, describe, expect, test } from 'vitest'
import type { Reservation } from '../../src/contract/connector.ts'
import type { JobEntry } from '../../src/contract/job.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { type Notice, state } from '../../src/watchdog/layout.ts'
import { SharedJobs } from '../../src/watchdog/shared-jobs.ts'
import { SharedView } from '../../src/watchdog/shared-view.ts'

const reservation = (id: string, more: Partial<Reservation> = {}): Reservation => {
  const body = `{"job":"Résumé","id":"${id}"}`
  return { id, queue: 'q', body, receipt: body, attempts: 1, ...more }
}
const entry = { name: 'Resize', tries: 3, backoff: [1, 2] } as unknown as JobEntry

let clock: FakeClock
let jobs: SharedJobs
let view: SharedView
const make = (capacity: number, textBytes: number) => {
  clock = new FakeClock()
  const notices: Notice[] = []
  jobs = new SharedJobs({ clock, capacity, textBytes, beatMs: 100, tell: (notice) => notices.push(notice) })
  view = new SharedView(jobs.memory)
  return () => {
    for (const notice of notices.splice(0)) view.heard(notice)
  }
}
let deliver: () => void
beforeEach(() => {
  deliver = make(4, 1_000)
})

describe('another view of the same memory', () => {
  test('sees jobs that are held, that run and that are about to end, each as it was reserved', () => {
    const batch = [
      reservation('a'),
      reservation('b', { queue: 'other', receipt: '7:0:5', attempts: 2 }),
      reservation('c', { body: '', receipt: '8:0:5' }),
    ]
    const [a, b, c] = jobs.hold(batch, clock.monotonic())
    jobs.enter(b!, entry, clock.monotonic(), 5_000)
    jobs.settle(c!, { kind: 'release', reservation: batch[2]!, delayMs: 700, spend: true })
    deliver()
    const seen = view.jobs()
    expect(seen.map((job) => job.reservation)).toEqual(batch)
    expect(seen.map((job) => job.state)).toEqual([state.held, state.running, state.released])
    expect(seen[1]).toMatchObject({ name: 'Resize', tries: 3, backoff: [1, 2], timeoutMs: 5_000 })
    expect(seen[1]!.startedAt - seen[1]!.leasedAt).toBe(0)
    expect(seen[2]!.delayMs).toBe(700)
    expect(view.current).toBe(b)
    jobs.leave()
    expect(view.current).toBeUndefined()
    expect(a).not.toBe(b)
  })

  test('sees what a settlement will be', () => {
    const batch = ['a', 'b', 'c', 'd'].map((id) => reservation(id))
    const [a, b, c, d] = jobs.hold(batch, 0)
    const [first] = batch
    jobs.settle(a!, { kind: 'delete', reservation: first! })
    jobs.settle(b!, { kind: 'bury', reservation: first!, reason: 'no' })
    jobs.settle(c!, { kind: 'release', reservation: first!, delayMs: 0, spend: true })
    jobs.settle(d!, { kind: 'release', reservation: first!, delayMs: 0, spend: false })
    expect(view.jobs().map((job) => job.state)).toEqual([
      state.deleted,
      state.buried,
      state.released,
      state.releasedUnspent,
    ])
  })

  test('no longer sees what was forgotten, once or twice', () => {
    const [a] = jobs.hold([reservation('a'), reservation('b')], 0)
    jobs.forget(a!)
    jobs.forget(a!)
    expect(view.inHand).toBe(1)
    expect(view.jobs().map(({ reservation: { id } }) => id)).toEqual(['b'])
  })

  test('sees the beat go on while there are jobs, and only then', async () => {
    const [a] = jobs.hold([reservation('a')], 0)
    const first = view.beat
    await clock.advance(1_000)
    expect(view.beat - first).toBe(1_000)
    jobs.forget(a!)
    await clock.advance(1_000)
    expect(view.beat - first).toBeLessThanOrEqual(1_100)
    jobs.hold([reservation('b')], 0)
    expect(view.beat - first).toBe(2_000)
  })
})

describe('memory', () => {
  test('that is full leaves further jobs unwatched, and nothing happens to those', () => {
    const places = jobs.hold(
      ['a', 'b', 'c', 'd', 'e'].map((id) => reservation(id)),
      0,
    )
    expect(places.at(-1)).toBe(-1)
    jobs.enter(-1, entry, 0, 1)
    jobs.settle(-1, { kind: 'delete', reservation: reservation('e') })
    jobs.forget(-1)
    expect(view.jobs()).toHaveLength(4)
  })

  test('that has room for a part of what came together takes that part', () => {
    const batch = ['a', 'b', 'c'].map((id) => reservation(id, { body: id.repeat(200), receipt: '1' }))
    const places = jobs.hold(batch, 0)
    expect(places.filter((place) => place !== -1).length).toBe(2)
    deliver()
    expect(view.jobs().map((job) => job.reservation)).toEqual(batch.slice(0, 2))
  })

  test('of what came together is kept until the last of it has gone', () => {
    const batch = ['a', 'b'].map((id) => reservation(id))
    const [a, b] = jobs.hold(batch, 0)
    jobs.forget(a!)
    jobs.hold([reservation('c')], 0)
    deliver()
    expect(view.jobs().map((job) => job.reservation)).toEqual(
      expect.arrayContaining([batch[1], reservation('c')]),
    )
    jobs.forget(b!)
    expect(view.jobs().map((job) => job.reservation.id)).toEqual(['c'])
  })

  test('for texts is used again: those of jobs that are left move together', () => {
    const long = (id: string) => reservation(id, { body: `${id}é`.repeat(60), receipt: `${id}é`.repeat(60) })
    const [a, b] = jobs.hold([long('a'), long('b')], 0)
    for (const id of 'cdefghijklmnop') {
      const [place] = jobs.hold([long(id)], 0)
      expect(place).not.toBe(-1)
      deliver()
      const seen = view.jobs().map((job) => job.reservation)
      expect(seen).toEqual(expect.arrayContaining([long('a'), long('b'), long(id)]))
      jobs.forget(place!)
    }
    jobs.forget(a!)
    jobs.forget(b!)
    const [huge] = jobs.hold([reservation('x', { body: 'x'.repeat(2_000) })], 0)
    expect(huge).toBe(-1)
    expect(view.inHand).toBe(0)
  })
})
