import { describe, expect, test } from 'vitest'
import type { Settlement } from '../../src/contract/connector.ts'
import { state } from '../../src/watchdog/layout.ts'
import type { SeenJob } from '../../src/watchdog/shared-view.ts'
import { type Stall, Watchdog } from '../../src/watchdog/watchdog.ts'

const seen = (number: number, more: Partial<SeenJob> = {}): SeenJob => ({
  number,
  state: state.running,
  reservation: { id: `job${number}`, queue: 'q', body: '', receipt: `r${number}`, attempts: 1 },
  name: 'Resize',
  tries: undefined,
  backoff: undefined,
  leasedAt: 0,
  startedAt: 0,
  timeoutMs: 0,
  delayMs: 0,
  ...more,
})

/** A watchdog whose time and whose sight of the loop the test moves. */
function rig(jobs: SeenJob[], { expireMs = 60_000 as number | null, retryMs = 500 as number | null } = {}) {
  const said: (readonly [string, ...unknown[]])[] = []
  const touches: { readonly at: number; readonly ids: readonly string[] }[] = []
  const settled: Settlement[] = []
  const view = {
    beat: 0,
    inHand: jobs.length,
    endsAt: Infinity,
    current: undefined as number | undefined,
    jobs: () => jobs,
  }
  const world = { now: 0, fails: false }
  const tell = (what: string) => (stall: Stall) =>
    said.push([what, stall.suspects.map(({ number }) => number), stall.blockedMs])
  const watchdog = new Watchdog({
    view,
    now: () => world.now,
    beatMs: 100,
    expireMs,
    store: async () => ({
      async touch(batch) {
        if (world.fails) throw new Error('away')
        touches.push({ at: world.now, ids: batch.map(({ id }) => id) })
        return []
      },
      async settle(batch) {
        settled.push(...batch)
        return []
      },
    }),
    retryDelayMs: () => retryMs,
    blocked: tell('blocked'),
    over: tell('over'),
    failed: (doing) => said.push(['failed', doing]),
    overdue: (isSettled) => said.push(['overdue', isSettled]),
    end: (stall, isSettled) => said.push(['end', stall.suspects.map(({ number }) => number), isSettled]),
  })
  /** Looks every 100 ms until then; the loop turns only where `turns`. */
  const pass = async (ms: number, turns = false) => {
    for (const until = world.now + ms; world.now < until; ) {
      world.now += 100
      if (turns) view.beat = world.now
      watchdog.look()
      await new Promise(setImmediate)
    }
  }
  return { said, touches, settled, view, world, watchdog, pass }
}

describe('a loop that is blocked', () => {
  test('is told of once it has stood still for a second, and once more when it goes on', async () => {
    const { said, pass } = rig([seen(1)])
    await pass(2_000, true)
    await pass(3_000)
    expect(said).toEqual([['blocked', [1], 1_000]])
    await pass(100, true)
    expect(said.slice(1)).toEqual([['over', [1], 3_100]])
    await pass(1_000, true)
    expect(said).toHaveLength(2)
  })

  test('names the job whose code it is in, or all that run where nobody knows', async () => {
    const known = rig([seen(1), seen(2), seen(3, { state: state.held })])
    known.view.current = 2
    await known.pass(1_500)
    expect(known.said).toEqual([['blocked', [2], 1_000]])
    const unknown = rig([seen(1), seen(2), seen(3, { state: state.held })])
    await unknown.pass(1_500)
    expect(unknown.said).toEqual([['blocked', [1, 2], 1_000]])
  })

  test('without jobs in hand is nobody’s affair', async () => {
    const { said, view, pass } = rig([])
    view.inHand = 0
    await pass(5_000)
    expect(said).toEqual([])
  })

  test('is not told from a process that did not run at all', async () => {
    const { said, world, watchdog } = rig([seen(1, { timeoutMs: 1_000 })])
    watchdog.look()
    world.now = 60_000
    watchdog.look()
    expect(said).toEqual([])
  })
})

describe('leases', () => {
  test('are renewed at each third of their length, of jobs that run and that are held, but not of settled ones', async () => {
    const jobs = [seen(1), seen(2, { state: state.held }), seen(3, { state: state.deleted })]
    const { touches, pass } = rig(jobs, { expireMs: 3_000 })
    await pass(3_500)
    expect(touches.map(({ at }) => at)).toEqual([1_000, 2_000, 3_000])
    expect(touches[0]!.ids).toEqual(['job1', 'job2'])
  })

  test('are left to the loop while it turns, and to nobody where they never end', async () => {
    const turning = rig([seen(1)], { expireMs: 3_000 })
    await turning.pass(5_000, true)
    expect(turning.touches).toEqual([])
    const endless = rig([seen(1)], { expireMs: null })
    await endless.pass(5_000)
    expect(endless.touches).toEqual([])
  })

  test('that could not be renewed are tried again at a tenth of their length', async () => {
    const { touches, said, world, pass } = rig([seen(1)], { expireMs: 3_000 })
    world.fails = true
    await pass(1_000)
    world.fails = false
    await pass(400)
    expect(said).toContainEqual(['failed', 'renew the leases'])
    expect(touches.map(({ at }) => at)).toEqual([1_400])
  })
})

describe('a run that blocks beyond its time-out', () => {
  const others = [
    seen(2, { timeoutMs: 90_000 }),
    seen(3, { state: state.held }),
    seen(4, { state: state.deleted }),
    seen(5, { state: state.released, delayMs: 70 }),
    seen(6, { state: state.releasedUnspent }),
    seen(7, { state: state.buried }),
  ]

  test('ends the process, once it is settled as a failed run and all others as they were to be', async () => {
    const { said, settled, view, pass } = rig([seen(1, { timeoutMs: 2_000 }), ...others])
    view.current = 1
    await pass(2_200)
    expect(said.map(([what]) => what)).toEqual(['blocked'])
    await pass(1_000)
    expect(said.at(-1)).toEqual(['end', [1], true])
    expect(said.filter(([what]) => what === 'end')).toHaveLength(1)
    const fates = settled.map(({ kind, reservation: { id }, ...more }) => [id, kind, more])
    expect(fates).toEqual([
      ['job1', 'release', { delayMs: 500, spend: true }],
      ['job2', 'release', { delayMs: 0, spend: false }],
      ['job3', 'release', { delayMs: 0, spend: false }],
      ['job4', 'delete', {}],
      ['job5', 'release', { delayMs: 70, spend: true }],
      ['job6', 'release', { delayMs: 0, spend: false }],
      ['job7', 'bury', { reason: expect.stringContaining('its worker was killed') }],
    ])
  })

  test('is buried when it was its last try', async () => {
    const { settled, pass } = rig([seen(1, { timeoutMs: 2_000 })], { retryMs: null })
    await pass(3_000)
    expect(settled).toEqual([
      expect.objectContaining({ kind: 'bury', reason: expect.stringContaining('time-out of 2 s') }),
    ])
  })

  test('does not end it while another job is in the loop that still has time', async () => {
    const { said, view, pass } = rig([seen(1, { timeoutMs: 2_000 }), seen(2, { timeoutMs: 90_000 })])
    view.current = 2
    await pass(20_000)
    expect(said.map(([what]) => what)).toEqual(['blocked'])
  })

  test('ends it after five seconds where it is not known which of several it is', async () => {
    const { said, pass } = rig([seen(1, { timeoutMs: 2_000 }), seen(2)])
    await pass(4_900)
    expect(said.map(([what]) => what)).toEqual(['blocked'])
    await pass(200)
    expect(said.at(-1)).toEqual(['end', [1], true])
  })
})

test('a worker that had to end long ago is ended though its loop is blocked, and what it has comes back unspent', async () => {
  const { said, settled, view, pass } = rig([seen(1), seen(2, { state: state.deleted })])
  view.endsAt = 3_000
  await pass(3_000)
  expect(said.map(([what]) => what)).toEqual(['blocked'])
  await pass(1_000)
  expect(said.slice(1)).toEqual([['overdue', true]])
  expect(settled.map(({ kind, reservation: { id } }) => [id, kind])).toEqual([
    ['job1', 'release'],
    ['job2', 'delete'],
  ])
  expect(settled[0]).toMatchObject({ spend: false })
})
