import { describe, expect, onTestFinished, test } from 'vitest'
import { SyncConnector } from '../../src/connectors/sync.ts'
import { UnknownJob } from '../../src/contract/errors.ts'
import { defineJob, type Job } from '../../src/contract/job.ts'
import { QueueClient } from '../../src/queue.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { applicationDatabase } from '../database/mysql/mysql-rig.ts'
import { registryOf } from '../worker/rig.ts'
import { tempFile } from './database-store.ts'

function syncQueue(jobs: Parameters<typeof registryOf>[0]) {
  const connector = new SyncConnector({ registry: async () => registryOf(jobs), bigNumbers: 'bigint' })
  return new QueueClient(async () => ({
    connector,
    defaultQueue: 'default',
    maxPayload: 1_000_000,
    clock: new FakeClock(),
    nameOf: String,
    queueOf: () => undefined,
    close: () => connector.close(),
  }))
}

describe('the sync connector', () => {
  test('runs a job before the push resolves, whatever its delay', async () => {
    const seen: unknown[] = []
    const queue = syncQueue({ job: defineJob((data: unknown, job) => void seen.push(data, job.queue)) })
    await queue.push('job', { id: 1 }, 'a')
    await queue.later(3_600, 'job', 2n ** 60n)
    expect(seen).toEqual([{ id: 1 }, 'a', 2n ** 60n, 'default'])
  })

  test('shows the job what a worker would', async () => {
    let seen: Job | undefined
    const queue = syncQueue({
      Job1: class {
        async fire(job: Job) {
          seen = job
          expect([job.isDeleted, job.isReleased, job.hasFailed]).toEqual([false, false, false])
          expect([await job.delete(), await job.release(5)]).toEqual([true, true])
        }
      },
    })
    const id = await queue.push('Job1', 1)
    expect(seen).toMatchObject({ id, name: 'Job1', queue: 'default', attempts: 1, isDeleted: true })
    expect(seen!.rawBody).toBe(`{"job":"Job1","data":1,"id":"${id}","attempts":1}`)
    expect(seen!.signal.aborted).toBe(false)
  })

  test('has effects as they come, and those of a transaction once', async () => {
    const database = applicationDatabase(`sqlite:${tempFile()}`)
    const had: string[] = []
    const Job1 = defineJob(async (_: string, job) => {
      await job.once('sms', () => void had.push('sms'))
      await database.transaction(async (tx) => {
        await job.onceIn(tx, 'pay', () => void had.push('pay'))
        await job.deleteIn(tx)
      })
    })
    const queue = syncQueue({ Job1 })
    await queue.push('Job1', 'a')
    await queue.push('Job1', 'a')
    expect(had).toEqual(['sms', 'pay', 'sms'])
    const queueless = syncQueue({ Job1: defineJob((_: string, job) => job.onceIn({}, 'pay', () => {})) })
    await expect(queueless.push('Job1', 'a')).rejects.toMatchObject({ code: 'TX_UNUSABLE' })
  })

  test('calls failed(data, reason) and rejects with what the job threw', async () => {
    const error = new TypeError('no')
    const calls: unknown[] = []
    class Job1 {
      async fire() {
        throw error
      }
      failed(data: unknown, reason: Error) {
        calls.push(data, reason)
      }
    }
    await expect(syncQueue({ Job1 }).push('Job1', 7)).rejects.toBe(error)
    expect(calls).toEqual([7, error])
  })

  test('calls failed() when the job failed itself, and rejects', async () => {
    const reasons: Error[] = []
    class Job1 {
      fire(job: Job, reason: string) {
        return job.fail(reason === '' ? undefined : reason)
      }
      failed(_: unknown, reason: Error) {
        reasons.push(reason)
      }
    }
    await expect(syncQueue({ Job1 }).push('Job1')).rejects.toThrow('the job called fail()')
    await expect(syncQueue({ Job1 }).push('Job1', 'why')).rejects.toThrow("the job threw 'why'")
    expect(reasons).toHaveLength(2)
  })

  test('copes with anything thrown', async () => {
    const odd = [null, undefined, 'text', Object.create(null), Symbol('s')]
    for (const thrown of odd) {
      const reasons: Error[] = []
      const failed = (_: unknown, reason: Error) => void reasons.push(reason)
      const job = defineJob({ failed }, () => Promise.reject(thrown))
      const outcome = await syncQueue({ job })
        .push('job')
        .then(
          () => expect.unreachable(),
          (error: unknown) => ({ error }),
        )
      expect(outcome.error).toBe(thrown)
      expect(reasons).toMatchObject([{ message: expect.stringMatching(/^the job threw /) }])
    }
  })

  test('rejects with the error of the job even when failed() throws too, which is warned about', async () => {
    const warnings: Error[] = []
    const listener = (warning: Error) => warnings.push(warning)
    process.on('warning', listener)
    onTestFinished(() => void process.off('warning', listener))
    const failed = () => {
      throw new Error('failed() is broken')
    }
    const job = defineJob({ failed }, () => Promise.reject(new Error('the first')))
    await expect(syncQueue({ job }).push('job')).rejects.toThrow('the first')
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings).toMatchObject([{ message: expect.stringContaining('failed() is broken') }])
  })

  test('rejects for a job nobody knows', async () => {
    await expect(syncQueue({}).push('job')).rejects.toBeInstanceOf(UnknownJob)
  })

  test('holds nothing', async () => {
    expect(await syncQueue({}).size()).toEqual({
      ready: 0,
      delayed: 0,
      reserved: 0,
      failed: 0,
      oldestMs: null,
    })
  })
})
