import { describe, expect, test } from 'vitest'
import { defineJob, type Job, type JobRegistry } from '../../src/contract/job.ts'
import { away, deferred, Rig } from './rig.ts'

/** Never ends, unless it heeds the signal. */
const heeds = (_: unknown, job: Job) =>
  new Promise((_resolve, reject) => {
    job.signal.addEventListener('abort', () => reject(new Error('I was told to stop')))
  })
const ignores = () => new Promise(() => {})

/** Jobs that run where they can be ended. */
const endable = (ended: () => void) => (registry: JobRegistry) => {
  const resolve = (name: string) => {
    const entry = registry.resolve(name)
    const open = () => {
      let reject: (error: Error) => void
      const run = () =>
        new Promise((_, rejects) => {
          reject = rejects
        })
      const end = () => {
        ended()
        reject(new Error('it was ended'))
      }
      return { run, failed: undefined, end }
    }
    return { ...entry, open }
  }
  return { entries: registry.entries, resolve }
}

describe('a run that takes too long', () => {
  test('and does not unwind is ended alone, where it can be, and the worker goes on', async () => {
    let ends = 0
    const rig = new Rig({ job: defineJob({ tries: 1 }, ignores) }, { around: endable(() => ends++) })
    await rig.push('job')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(34_999)
    expect(ends).toBe(0)
    await rig.advance(1)
    expect(ends).toBe(1)
    expect(rig.all('job:failed')).toMatchObject([
      { error: { code: 'JOB_TIMEOUT', cause: { message: 'it was ended' } } },
    ])
    await rig.push('job')
    await rig.nth('job:processing', 2)
    expect(rig.all('worker:stop')).toEqual([])
  })

  test('is ended, where it can be, when the worker gives it back', async () => {
    let ends = 0
    const rig = new Rig({ job: defineJob(ignores) }, { around: endable(() => ends++) })
    await rig.push('job')
    const stopped = rig.start()
    await rig.nth('job:processing')
    rig.worker.stopNow('signal')
    await stopped
    expect(ends).toBe(1)
    expect(rig.all('job:error')).toEqual([])
    expect(await rig.counts()).toEqual([1, 0, 0, 0])
  })

  test('is told by its signal, and counts as a failed run when it unwinds', async () => {
    const reasons: Error[] = []
    const options = { tries: 2, failed: (_: unknown, reason: Error) => void reasons.push(reason) }
    const rig = new Rig({ job: defineJob(options, heeds) }, { timeoutMs: 30_000, backoffMs: () => 1_000 })
    await rig.push('job')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(29_999)
    expect(rig.all('job:error')).toEqual([])
    await rig.advance(1)
    expect(rig.all('job:error')).toMatchObject([
      { willRetry: true, delayMs: 1_000, durationMs: 30_000, error: { code: 'JOB_TIMEOUT' } },
    ])
    await rig.advance(31_000)
    expect(rig.all('job:failed')).toMatchObject([{ attempts: 2, error: { name: 'JobTimeout' } }])
    expect(reasons).toMatchObject([
      { message: 'the job ran longer than its time-out of 30 s', cause: { message: 'I was told to stop' } },
    ])
    expect(rig.all('worker:stop')).toEqual([])
  })

  test('counts as a failed run when it returns unsettled after that', async () => {
    const job = defineJob(
      { tries: 1 },
      (_, job) => new Promise<void>((resolve) => job.signal.addEventListener('abort', () => resolve())),
    )
    const rig = new Rig({ job })
    await rig.push('job')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(30_000)
    expect(rig.all('job:failed')).toMatchObject([{ error: { code: 'JOB_TIMEOUT' } }])
    expect(rig.all('job:processed')).toEqual([])
  })

  test('may still delete itself when it is told', async () => {
    const job = defineJob(
      (_: unknown, job) =>
        new Promise<void>((resolve) => {
          job.signal.addEventListener('abort', () => void job.delete().then(() => resolve()))
        }),
    )
    const rig = new Rig({ job })
    await rig.push('job')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(30_000)
    expect(rig.all('job:processed')).toMatchObject([{ outcome: 'deleted' }])
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('is given up when it does not unwind: settled as failed, others finish, the worker stops', async () => {
    const gate = deferred()
    const rig = new Rig(
      { stuck: defineJob({ tries: 1 }, ignores), slow: defineJob({ timeout: 0 }, () => gate.promise) },
      { concurrency: 2 },
    )
    await rig.push('stuck')
    await rig.push('slow')
    const ended = rig.start()
    await rig.nth('job:processing', 2)
    await rig.advance(34_999)
    expect(rig.all('job:failed')).toEqual([])
    await rig.advance(1)
    expect(rig.all('job:failed')).toMatchObject([{ name: 'stuck', error: { code: 'JOB_TIMEOUT' } }])
    expect([...rig.worker.running].map(({ name }) => name)).toEqual(['slow'])
    gate.resolve()
    expect(await ended).toBe('timeout')
    expect(rig.all('job:processed')).toMatchObject([{ name: 'slow', outcome: 'deleted' }])
    expect(await rig.counts()).toEqual([0, 0, 0, 1])
  })

  test('is released for its next try when it is given up with tries left, and what it says later does not count', async () => {
    const late = deferred()
    const answers: boolean[] = []
    const rig = new Rig({
      Stuck: class {
        async fire(job: Job) {
          await late.promise
          answers.push(await job.delete())
        }
      },
    })
    await rig.push('Stuck')
    const ended = rig.start()
    await rig.nth('job:processing')
    await rig.advance(35_000)
    expect(await ended).toBe('timeout')
    expect(await rig.counts()).toEqual([1, 0, 0, 0])
    late.resolve()
    await rig.advance(0)
    expect(answers).toEqual([false])
    expect(await rig.counts()).toEqual([1, 0, 0, 0])
    expect(rig.all('job:processed')).toEqual([])
  })

  test('has the time its job says, rather than that of the options', async () => {
    const rig = new Rig(
      { short: defineJob({ timeout: 2, tries: 1 }, heeds), long: defineJob({ timeout: 0 }, heeds) },
      { concurrency: 2 },
    )
    await rig.push('short')
    await rig.push('long')
    void rig.start()
    await rig.nth('job:processing', 2)
    await rig.advance(2_000)
    expect(rig.all('job:failed')).toMatchObject([{ name: 'short', error: { message: /time-out of 2 s/ } }])
    await rig.advance(3_600_000)
    expect(rig.all('job:error').filter(({ name }) => name === 'long')).toEqual([])
  })

  test('is not blamed while the store has yet to answer it', async () => {
    const rig = new Rig({ job: defineJob(async (_: unknown, job) => void (await job.delete())) })
    rig.faulty.fail('settle', away).fail('exchange', away)
    await rig.push('job')
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(120_000)
    rig.faulty.restore()
    await rig.advance(10_000)
    expect(rig.all('job:processed')).toMatchObject([{ outcome: 'deleted' }])
    expect([...rig.all('job:error'), ...rig.all('worker:stop')]).toEqual([])
  })

  test('of failed() is given up as well', async () => {
    const rig = new Rig({
      job: defineJob({ tries: 1, failed: ignores }, () => Promise.reject(new Error('no'))),
    })
    await rig.push('job')
    const ended = rig.start()
    await rig.nth('job:failed')
    await rig.advance(30_000)
    expect(rig.all('worker:stop')).toEqual([])
    await rig.advance(5_000)
    expect(rig.worker.running.size).toBe(0)
    expect(await ended).toBe('timeout')
    expect(await rig.counts()).toEqual([0, 0, 0, 1])
  })

  test('of failed() is given up for a job that was never run too', async () => {
    const rig = new Rig({ job: defineJob({ tries: 1, failed: ignores }, () => {}) })
    await rig.push('job')
    await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: 0 })
    const ended = rig.start()
    await rig.nth('job:failed')
    await rig.advance(35_000)
    expect(await ended).toBe('timeout')
  })
})
