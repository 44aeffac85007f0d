import { describe, expect, test } from 'vitest'
import { MemoryStore } from '../../src/connectors/memory/store.ts'
import type { PullConnector, Reservation, StoreNews } from '../../src/contract/connector.ts'
import { defineJob } from '../../src/contract/job.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { Rig, type RigOptions } from './rig.ts'

interface Ahead {
  readonly cycles: number
  readonly fetchesAheadFrom?: number | undefined
}

/** Takes so many round trips at once, and tells of every job it hands over. */
function watched(
  { cycles, fetchesAheadFrom }: Ahead,
  handed: (reservation: Reservation) => void,
  hear: (news: StoreNews) => void = () => {},
) {
  return (connector: PullConnector): PullConnector => {
    const { reserve, exchange } = connector
    return Object.assign(connector, {
      cycles,
      ...(fetchesAheadFrom === undefined ? {} : { fetchesAheadFrom }),
      hear: (news: StoreNews) => {
        hear(news)
        return () => {}
      },
      async reserve(...args: Parameters<typeof reserve>) {
        const reserved = await reserve.apply(connector, args)
        reserved.forEach(handed)
        return reserved
      },
      async exchange(...args: Parameters<NonNullable<typeof exchange>>) {
        const answer = await exchange!.apply(connector, args)
        answer.reserved.forEach(handed)
        return answer
      },
    })
  }
}

/** A worker whose jobs take as many ms as their data says. */
function timed(
  { cycles = 2, fetchesAheadFrom, ...options }: RigOptions & Partial<Ahead> = {},
  hear: (news: StoreNews) => void = () => {},
) {
  const clock = options.clock ?? new FakeClock()
  const reservedAt = new Map<string, number>()
  const startedAt = new Map<string, number>()
  let most = 0
  const note = (times: Map<string, number>, id: string) => {
    if (!times.has(id)) times.set(id, clock.monotonic())
    setImmediate(() => {
      most = Math.max(most, reservedAt.size - startedAt.size)
    })
  }
  const take = defineJob((ms: number, job) => {
    note(startedAt, job.id)
    return new Promise<void>((resolve) => clock.after(ms, resolve))
  })
  const wrap = watched({ cycles, fetchesAheadFrom }, ({ id }) => note(reservedAt, id), hear)
  const rig = new Rig({ take }, { concurrency: 4, timeoutMs: 0, wrap, ...options, clock })
  return { rig, clock, reservedAt, startedAt, mostHeld: () => most }
}

async function push(rig: Rig, count: number, ms: number): Promise<void> {
  for (let each = 0; each < count; each++) await rig.push('take', ms)
}

/** Moves on, 1 ms at a time, until so many jobs have ended. */
async function passed(rig: Rig, count: number): Promise<void> {
  while (rig.all('job:processed').length < count) await rig.advance(1)
}

/** A worker that runs four slow jobs and holds others, more of which are left in the store. */
async function holding(options: RigOptions = {}, hear: (news: StoreNews) => void = () => {}) {
  const busy = timed(options, hear)
  await push(busy.rig, 300, 1)
  await push(busy.rig, 60, 5_000)
  const ended = busy.rig.start()
  await passed(busy.rig, 300)
  return { ...busy, ended }
}

describe('jobs held ahead of the free slots', () => {
  test('are up to four times the concurrency while jobs are quick', async () => {
    const { rig, mostHeld } = timed()
    await push(rig, 500, 1)
    void rig.start()
    await rig.advance(500)
    expect(rig.all('job:processed')).toHaveLength(500)
    expect(mostHeld()).toBe(16)
    expect(rig.worker.running.size).toBe(0)
    expect(
      rig.all('job:processed').every(({ attempts, durationMs }) => attempts === 1 && durationMs === 1),
    ).toBe(true)
  })

  test('are as many as the option says, at any concurrency', async () => {
    for (const concurrency of [4, 1]) {
      const { rig, mostHeld } = timed({ prefetch: 3, concurrency })
      await push(rig, 500, 1)
      void rig.start()
      await rig.advance(600)
      expect(rig.all('job:processed')).toHaveLength(500)
      expect(mostHeld()).toBe(3)
    }
  })

  test('are one at concurrency 1 where a turn of the store is worth it', async () => {
    const { rig, mostHeld } = timed({ concurrency: 1, cycles: 1, fetchesAheadFrom: 1 })
    await push(rig, 100, 1)
    void rig.start()
    await rig.advance(300)
    expect(rig.all('job:processed')).toHaveLength(100)
    expect(mostHeld()).toBe(1)
  })

  const never: readonly (readonly [string, RigOptions, number])[] = [
    ['with a prefetch of 0', { prefetch: 0 }, 1],
    ['at concurrency 1, where nobody asks for it', { concurrency: 1 }, 1],
    ['while slots rest between jobs', { restMs: 5 }, 1],
    ['while jobs are slow', {}, 15],
  ]
  for (const [when, options, ms] of never) {
    test(`are none ${when}`, async () => {
      const { rig, mostHeld } = timed(options)
      await push(rig, 200, ms)
      void rig.start()
      await rig.advance(30_000)
      expect(rig.all('job:processed')).toHaveLength(200)
      expect(mostHeld()).toBe(0)
    })
  }

  test('are none where the store takes one round trip at a time, unless asked for', async () => {
    for (const [prefetch, most] of [
      [undefined, 0],
      [5, 5],
    ] as const) {
      const { rig, mostHeld } = timed({ prefetch, cycles: 1 })
      await push(rig, 300, 1)
      void rig.start()
      await rig.advance(500)
      expect(rig.all('job:processed')).toHaveLength(300)
      expect(mostHeld()).toBe(most)
    }
  })

  test('never wait over 100 ms in a busy worker while another worker idles', async () => {
    const store = new MemoryStore()
    const busy = timed({ store })
    const idle = timed({ store, clock: busy.clock, concurrency: 100 })
    await push(busy.rig, 300, 1)
    await push(busy.rig, 60, 10_000)
    void busy.rig.start()
    await passed(busy.rig, 300)
    void idle.rig.start()
    await idle.rig.advance(20_000)
    await idle.rig.advance(0)
    expect(busy.mostHeld()).toBeGreaterThan(4)
    expect(busy.startedAt.size + idle.startedAt.size).toBe(360)
    const movedOn = [...busy.reservedAt.keys()].filter((id) => idle.startedAt.has(id))
    expect(movedOn.length).toBeGreaterThan(0)
    for (const [id, at] of busy.reservedAt) {
      const startedAt = busy.startedAt.get(id) ?? idle.startedAt.get(id)!
      expect(startedAt - at).toBeLessThanOrEqual(100)
    }
    const ended = [...busy.rig.all('job:processed'), ...idle.rig.all('job:processed')]
    expect(ended.map(({ attempts }) => attempts)).toEqual(ended.map(() => 1))
  })
})

describe('jobs that are held go back unspent at once', () => {
  const causes: readonly (readonly [string, (rig: Rig) => unknown])[] = [
    ['at a stop', (rig) => rig.worker.stop('signal')],
    ['at a second stop', (rig) => rig.worker.stopNow('signal')],
    ['when the worker is told to be quiet', (rig) => rig.worker.quiet()],
  ]
  for (const [when, act] of causes) {
    test(when, async () => {
      const { rig, reservedAt, startedAt } = await holding()
      const held = [...reservedAt.keys()].filter((id) => !startedAt.has(id))
      expect(held.length).toBeGreaterThan(0)
      act(rig)
      await rig.advance(0)
      const back = await rig.connector.reserve({ queues: ['default'], limit: 100, expireMs: 60_000 })
      for (const id of held) expect(back.find((each) => each.id === id)).toMatchObject({ attempts: 1 })
      expect(rig.all('job:processing')).toHaveLength(304)
    })
  }

  test('when their queue is paused', async () => {
    let news: StoreNews | undefined
    const { rig } = await holding({}, (heard) => {
      news = heard
    })
    await rig.control.pause(['default'])
    news!.control()
    await rig.advance(0)
    expect(rig.all('worker:pause')).toHaveLength(1)
    expect(await rig.counts()).toEqual([56, 0, 4, 0])
  })

  test('when jobs became slow, and none is held until they are quick again', async () => {
    const { rig, clock, reservedAt, startedAt } = await holding()
    await rig.advance(60)
    expect(await rig.counts()).toEqual([56, 0, 4, 0])
    const before = clock.monotonic()
    await rig.advance(20_000)
    expect(rig.all('job:processed').length).toBeGreaterThan(310)
    for (const [id, at] of startedAt)
      if (at > before) expect(reservedAt.get(id)).toBeGreaterThanOrEqual(at - 60)
    await rig.advance(100_000)
    const seen = reservedAt.size
    await push(rig, 400, 1)
    await rig.advance(1_000)
    expect(reservedAt.size).toBe(seen + 400)
  })
})

describe('limits stay exact though jobs are held', () => {
  test('so many jobs and no more', async () => {
    const { rig } = timed({ maxJobs: 203 })
    await push(rig, 500, 1)
    const ended = rig.start()
    await rig.advance(1_000)
    expect(await ended).toBe('max-jobs')
    expect(rig.all('job:processing')).toHaveLength(203)
    expect(await rig.counts()).toEqual([297, 0, 0, 0])
  })

  test('every job before the end, with --stop-when-empty', async () => {
    const { rig } = timed({ stopWhenEmpty: true })
    await push(rig, 500, 1)
    const ended = rig.start()
    await rig.advance(1_000)
    expect(await ended).toBe('empty')
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('never more at once than the concurrency', async () => {
    let running = 0
    let most = 0
    const clock = new FakeClock()
    const take = defineJob(async (ms: number) => {
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => clock.after(ms, resolve))
      running--
    })
    const rig = new Rig({ take }, { concurrency: 5, clock, wrap: watched({ cycles: 2 }, () => {}) })
    for (let each = 0; each < 400; each++) await rig.push('take', each % 3)
    void rig.start()
    await rig.advance(2_000)
    expect(rig.all('job:processed')).toHaveLength(400)
    expect(most).toBe(5)
  })
})
