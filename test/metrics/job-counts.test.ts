import { beforeEach, describe, expect, it } from 'vitest'
import { UnknownJob } from '../../src/contract/errors.ts'
import type { JobEvent } from '../../src/contract/events.ts'
import type { JobEntry } from '../../src/contract/job.ts'
import type { Spread } from '../../src/contract/report.ts'
import { Emitter } from '../../src/emitter.ts'
import { JobCounts } from '../../src/metrics/job-counts.ts'
import { Ended, talliesOf } from '../../src/metrics/reports.ts'
import { encodePayload, jobId, patchExtra } from '../../src/payload.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'

const clock = new FakeClock()
const registry = {
  resolve(name: string) {
    if (name.startsWith('Job') || name === 'app\\Job1') return { name: name.replace('app\\', '') } as JobEntry
    throw new UnknownJob(name)
  },
}
let emitter: Emitter
let counts: JobCounts
beforeEach(() => {
  emitter = new Emitter()
  counts = new JobCounts({ emitter, registry, clock })
})

interface Given {
  readonly name?: string
  readonly queue?: string
  readonly attempts?: number
  /** How long ago it was pushed. */
  readonly agoMs?: number
  readonly id?: string
  readonly extra?: Record<string, unknown>
}

function event({ name = 'Job1', queue = 'a', attempts = 1, agoMs = 0, id, extra }: Given = {}): JobEvent {
  const ownId = id ?? jobId(clock.wall() - agoMs)
  const plain = encodePayload('member', { job: name, data: '{"x":{"n":1}}', id: ownId })
  const body = extra === undefined ? plain : patchExtra(plain, extra)
  const reservation = { id: ownId, queue, body, attempts, receipt: body }
  return { id: ownId, name, queue, attempts, reservation }
}

function processed(given: Given = {}, durationMs = 3): void {
  emitter.emit('job:processed', { ...event(given), durationMs, outcome: 'deleted' })
}

const countOf = ({ counts }: Spread) => counts.reduce((sum, count) => sum + count, 0)

describe('jobs are counted', () => {
  it('by queue, job and outcome', () => {
    const error = new Error('x')
    processed()
    processed()
    emitter.emit('job:processed', { ...event(), durationMs: 1, outcome: 'released', delayMs: 5 })
    emitter.emit('job:processed', { ...event({ queue: 'b' }), durationMs: 1, outcome: 'unsettled' })
    emitter.emit('job:error', { ...event(), durationMs: 1, error, willRetry: false, delayMs: 0 })
    emitter.emit('job:failed', { ...event(), durationMs: null, error })
    emitter.emit('job:lost', event({ name: 'Job2' }))
    const [a1, a2, b1, ...others] = [...counts.tallies].sort((one, other) =>
      `${one.queue}${one.job}` < `${other.queue}${other.job}` ? -1 : 1,
    )
    expect(others).toEqual([])
    expect(a1).toMatchObject({
      ...{ queue: 'a', job: 'Job1', errors: 1, failed: 1, lost: 0 },
      processed: { deleted: 2, released: 1, failed: 0, unsettled: 0 },
    })
    expect(countOf(a1!.durations)).toBe(4)
    expect(a2).toMatchObject({ queue: 'a', job: 'Job2', lost: 1 })
    expect(b1).toMatchObject({ queue: 'b', processed: { deleted: 0, unsettled: 1 } })
  })

  it('under one name, whatever PHP calls the job', () => {
    processed()
    processed({ name: 'app\\Job1' })
    expect(counts.tallies).toMatchObject([{ job: 'Job1', processed: { deleted: 2 } }])
  })

  it('as unknown for every name that no job has, so that nobody can make endlessly many', () => {
    for (let at = 0; at < 3_000; at++)
      emitter.emit('job:failed', { ...event({ name: `nope${at}` }), durationMs: null, error: new Error('x') })
    expect(counts.tallies).toMatchObject([{ job: 'unknown', failed: 3_000 }])
  })

  it('with how long each run took', () => {
    processed({}, 1)
    processed({}, 1.5)
    processed({}, 3_600_000)
    const { durations } = counts.tallies[0]!
    expect(durations.counts.slice(0, 3)).toEqual([1, 1, 0])
    expect(durations.counts.at(-1)).toBe(1)
    expect(durations.sum).toBeCloseTo(3_600.0025)
  })
})

describe('how long a job waited', () => {
  const waits = () => counts.tallies[0]!.waits

  it('is from its push to its first start', () => {
    processed({ agoMs: 2_000 }, 500)
    expect(waits().sum).toBeCloseTo(1.5)
    expect(countOf(waits())).toBe(1)
  })

  it('is nothing when the clock of the host that pushed is ahead', () => {
    processed({ agoMs: -5_000 })
    expect(waits().sum).toBe(0)
    expect(countOf(waits())).toBe(1)
  })

  it('is counted for a job with notes of ours that was never given back', () => {
    processed({ agoMs: 2_000, extra: { trace: 'x' } })
    expect(countOf(waits())).toBe(1)
  })

  it.each<[string, Given]>([
    ['ran before', { attempts: 2 }],
    ['was given back unspent', { extra: { n: 1 } }],
    ['was given back unspent, and has more notes', { extra: { trace: 'x', n: 12 } }],
    ['has an id of PHP', { id: 'abcdefghijklmnopqrstuvwxyzabcdef' }],
    ['has an id of a row', { id: '17' }],
  ])('is not counted for one that %s', (_, given) => {
    processed(given)
    expect(countOf(waits())).toBe(0)
  })
})

it('what workers have counted is added up, those that have ended included', () => {
  processed({ agoMs: 1_000 })
  const [tally] = counts.tallies
  const usage = { cpu: 2, startedAt: 0 }
  const health = { takesJobs: true, reservedMs: 0, hungryMs: 0, boundMs: 1 }
  const worker = { tallies: [tally!], running: {}, paused: [], health, usage }
  const ended = new Ended()
  ended.add(worker)
  ended.add(worker)
  expect(ended.cpu).toBe(4)
  const [all, ...others] = talliesOf({ workers: [worker, worker], ended })
  expect(others).toEqual([])
  expect(all!.processed.deleted).toBe(4)
  expect(countOf(all!.durations)).toBe(4)
  expect(all!.waits.sum).toBeCloseTo(4 * tally!.waits.sum)
})
