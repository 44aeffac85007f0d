import { describe, expect, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import type { PullConnector, Reservation } from '../../src/contract/connector.ts'
import { defineJob, type Job } from '../../src/contract/job.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { away, deferred, Rig, type RigOptions } from './rig.ts'

/** Time passes in one go, and no timer notices. */
class BlockedClock extends FakeClock {
  blockedMs = 0

  override monotonic(): number {
    return super.monotonic() + this.blockedMs
  }

  override wall(): number {
    return super.wall() + this.blockedMs
  }
}

/** A rig whose job runs until the test ends it. */
function long(options: RigOptions = {}) {
  const gate = deferred()
  const jobs: Job[] = []
  class Long {
    async fire(job: Job, settle: 'delete' | 'leave') {
      jobs.push(job)
      await gate.promise
      if (settle === 'delete') await job.delete()
    }
  }
  const rig = new Rig({ Long }, { expireMs: 60_000, timeoutMs: 0, ...options })
  return { rig, gate, jobs }
}

describe('the lease of a job that runs long', () => {
  test('is renewed each third of expire, so that nobody else gets it', async () => {
    const { rig, gate } = long()
    await rig.push('Long', 'delete')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(19_000)
    expect(rig.faulty.calls('touch')).toBe(0)
    await rig.advance(2_000)
    expect(rig.faulty.calls('touch')).toBe(1)
    await rig.advance(300_000)
    expect(rig.faulty.calls('touch')).toBeGreaterThanOrEqual(15)
    expect(rig.faulty.calls('touch')).toBeLessThanOrEqual(17)
    expect(await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: 1 })).toEqual([])
    gate.resolve()
    expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'deleted', attempts: 1 })
  })

  test('is renewed in one call with those of its like', async () => {
    const { rig } = long({ concurrency: 10 })
    for (let each = 0; each < 10; each++) await rig.push('Long', 'delete')
    void rig.start()
    await rig.nth('job:processing', 10)
    await rig.advance(21_000)
    expect(rig.faulty.calls('touch')).toBe(1)
  })

  test('is not renewed once the job is settled', async () => {
    const gate = deferred()
    const rig = new Rig(
      {
        early: defineJob(async (_: unknown, job) => {
          await job.delete()
          await gate.promise
        }),
      },
      { timeoutMs: 0 },
    )
    await rig.push('early')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(200_000)
    expect(rig.faulty.calls('touch')).toBe(0)
    gate.resolve()
    await rig.nth('job:processed')
  })

  test('is not renewed after a run that ended unsettled', async () => {
    const { rig, gate, jobs } = long()
    await rig.push('Long', 'leave')
    void rig.start()
    await rig.nth('job:processing')
    gate.resolve()
    await rig.nth('job:processed')
    await rig.advance(59_000)
    expect(rig.faulty.calls('touch')).toBe(0)
    await rig.advance(2_000)
    expect(jobs.map(({ attempts }) => attempts)).toEqual([1, 2])
  })

  test('is renewed again soon when renewing fails for a moment', async () => {
    const { rig, gate } = long()
    rig.faulty.fail('touch', away, 4)
    await rig.push('Long', 'delete')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(120_000)
    expect(await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: 1 })).toEqual([])
    gate.resolve()
    expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'deleted' })
    expect(rig.all('job:lost')).toEqual([])
  })

  test('is never renewed when it never ends', async () => {
    const { rig } = long({ expireMs: null })
    await rig.push('Long', 'delete')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(3_600_000)
    expect(rig.faulty.calls('touch')).toBe(0)
    expect(await rig.counts()).toEqual([0, 0, 1, 0])
  })

  test('when it was lost aborts the signal, is told once, and the job cannot settle any more', async () => {
    const { rig, gate, jobs } = long()
    rig.faulty.fail('touch', away)
    await rig.push('Long', 'delete')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(61_000)
    const [taken] = await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: null })
    expect(taken).toMatchObject({ attempts: 2 })
    rig.faulty.restore()
    await rig.advance(61_000)
    expect(jobs[0]!.signal.aborted).toBe(true)
    expect(rig.all('job:lost')).toMatchObject([{ id: 'id-1', attempts: 1 }])
    expect(await jobs[0]!.delete()).toBe(false)
    expect(await jobs[0]!.release()).toBe(false)
    expect(await jobs[0]!.fail()).toBe(false)
    gate.resolve()
    await rig.nth('job:processed')
    await rig.advance(61_000)
    expect(rig.all('job:lost')).toHaveLength(1)
    expect(await rig.counts()).toEqual([0, 0, 1, 0])
  })

  test('when it was lost lets an error of the run be, and neither retries nor buries', async () => {
    const gate = deferred()
    const rig = new Rig({ job: defineJob({ tries: 1 }, () => gate.promise) }, { timeoutMs: 0 })
    rig.faulty.fail('touch', away)
    await rig.push('job')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(61_000)
    await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: null })
    rig.faulty.restore()
    await rig.advance(61_000)
    gate.reject(new Error('no'))
    await rig.nth('job:error')
    await rig.advance(1_000)
    expect(await rig.counts()).toEqual([0, 0, 1, 0])
    expect(rig.all('job:failed')).toEqual([])
    expect(rig.all('job:lost')).toHaveLength(1)
  })

  test.each(['delete', 'release', 'fail'] as const)(
    'when it ends before the store answers lets a job go on that awaits %s(), and the answer still counts',
    async (settle) => {
      const answers: boolean[] = []
      class Awaits {
        async fire(job: Job) {
          answers.push(await job[settle]())
        }
      }
      const rig = new Rig({ Awaits })
      rig.faulty.fail('settle', away)
      await rig.push('Awaits')
      void rig.start()
      await rig.nth('store:down')
      await rig.advance(59_000)
      expect(answers).toEqual([])
      await rig.advance(2_000)
      expect(answers).toEqual([false])
      rig.worker.quiet()
      rig.faulty.restore()
      await rig.advance(6_000)
      expect(await rig.counts()).toEqual(
        { delete: [0, 0, 0, 0], release: [1, 0, 0, 0], fail: [0, 0, 0, 1] }[settle],
      )
      expect(rig.all('job:lost')).toEqual([])
      expect(rig.all('job:failed')).toHaveLength(settle === 'fail' ? 1 : 0)
    },
  )

  test('leaves no timer behind when a renewal fails after the worker ended', async () => {
    const touching = deferred()
    const touched = deferred<never>()
    const { rig } = long({
      graceMs: 0,
      wrap: (connector) =>
        Object.assign(connector, {
          touch: () => {
            touching.resolve()
            return touched.promise
          },
        }),
    })
    await rig.push('Long', 'leave')
    const ended = rig.start()
    await rig.nth('job:processing')
    await rig.advance(21_000)
    await touching.promise
    rig.worker.stopNow('signal')
    await ended
    touched.reject(away)
    await new Promise((resolve) => setImmediate(resolve))
    expect(rig.clock.pending).toBe(0)
  })

  test('when it ended before its reserve was answered keeps the job from starting: another worker may have it', async () => {
    const reply = deferred()
    const late = (connector: PullConnector) => {
      const reserve = connector.reserve.bind(connector)
      return Object.assign(connector, {
        async reserve(...args: Parameters<typeof reserve>) {
          const reserved = await reserve(...args)
          if (reserved.length > 0) await reply.promise
          return reserved
        },
      })
    }
    const { rig, jobs } = long({ wrap: late, expireMs: 60_000, maxJobs: 1 })
    await rig.push('Long', 'leave')
    const other = new MemoryConnector({ store: rig.store, clock: rig.clock })
    const ended = rig.start()
    await rig.advance(61_000)
    const [taken] = await other.reserve({ queues: ['default'], limit: 1, expireMs: 60_000 })
    expect(taken).toMatchObject({ attempts: 2 })
    reply.resolve()
    await rig.advance(1_000)
    expect(jobs).toEqual([])
    await other.settle([{ kind: 'release', reservation: taken!, delayMs: 0, spend: true }])
    await rig.nth('job:processing')
    expect(jobs.map((job) => job.attempts)).toEqual([3])
    rig.worker.stopNow('signal')
    await ended
  })

  test('when it ended behind a job that blocked keeps the next of its batch from starting', async () => {
    const clock = new BlockedClock()
    const started: string[] = []
    const byOther: Reservation[] = []
    const block = defineJob((_: unknown, { id }: Job) => {
      started.push(id)
      clock.blockedMs += 61_000
      rig.store.reserve({ queues: ['default'], limit: 2, expireMs: 60_000 }, clock.wall(), byOther)
    })
    const rig = new Rig({ block }, { clock, concurrency: 2, timeoutMs: 0 })
    for (let each = 0; each < 2; each++) await rig.push('block')
    void rig.start()
    await rig.nth('job:processed')
    await rig.advance(1_000)
    expect(started).toEqual(['id-1'])
    expect(byOther.map(({ attempts }) => attempts)).toEqual([2, 2])
    expect(await rig.counts()).toEqual([0, 0, 2, 0])
  })
})
