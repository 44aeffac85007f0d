import { describe, expect, test } from 'vitest'
import type { Reservation } from '../../src/contract/connector.ts'
import { defineJob, type Job } from '../../src/contract/job.ts'
import { away, deferred, Rig, type RigOptions } from './rig.ts'

/** A job that does what it is told, and a rig that has it. */
function told(act: (job: Job) => unknown, options: RigOptions = {}) {
  class Note {
    fire(job: Job) {
      return act(job)
    }
  }
  return new Rig({ Note }, options)
}

describe('a decision of a job', () => {
  test('stands when the run rejects afterwards', async () => {
    const rig = told(async (job) => {
      void job.delete()
      throw new Error('late')
    })
    await rig.push('Note')
    void rig.start()
    expect(await rig.nth('job:warning')).toMatchObject({
      message: expect.stringMatching(/after the job was deleted/),
    })
    expect(rig.all('job:error')).toMatchObject([{ willRetry: false, error: { message: 'late' } }])
    await rig.idle()
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  const pairs: readonly (readonly [string, (job: Job) => Promise<boolean>[], boolean[], number[]])[] = [
    ['delete then release', (job) => [job.delete(), job.release(5)], [true, false], [0, 0, 0, 0]],
    ['release then delete', (job) => [job.release(5), job.delete()], [true, false], [0, 1, 0, 0]],
    ['two releases', (job) => [job.release(5), job.release(0)], [true, true], [0, 1, 0, 0]],
    ['two deletes', (job) => [job.delete(), job.delete()], [true, true], [0, 0, 0, 0]],
    ['delete then fail', (job) => [job.delete(), job.fail()], [true, false], [0, 0, 0, 0]],
    ['fail then delete', (job) => [job.fail(), job.delete()], [true, false], [0, 0, 0, 1]],
    ['fail twice', (job) => [job.fail(), job.fail('again')], [true, true], [0, 0, 0, 1]],
  ]
  for (const [what, act, answers, counts] of pairs) {
    test(`is the first, the later only a warning: ${what}`, async () => {
      const answered: boolean[][] = []
      const rig = told(async (job) => void answered.push(await Promise.all(act(job))))
      await rig.push('Note')
      void rig.start()
      await rig.nth('job:processed')
      expect(answered).toEqual([answers])
      expect(await rig.counts()).toEqual(counts)
      expect(rig.all('job:warning')).toMatchObject([
        { message: expect.stringMatching(/first decision stands/) },
      ])
    })
  }

  test('to fail buries at once, whatever tries are left, and calls failed() with the reason', async () => {
    const calls: unknown[] = []
    const rig = new Rig({
      Note: class {
        async fire(job: Job) {
          calls.push(await job.fail(new Error('no such order')), job.hasFailed)
        }
        failed(data: unknown, reason: Error) {
          calls.push(data, reason.message)
        }
      },
    })
    await rig.push('Note', 'the data')
    void rig.start()
    expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'failed', attempts: 1 })
    expect(calls).toEqual(['the data', 'no such order', true, true])
    expect(rig.all('job:failed')).toHaveLength(1)
    expect((await rig.connector.failed.all())[0]!.reason).toMatch(/^Error: no such order/)
  })

  test('to fail holds the slot until failed() has ended, awaited or not', async () => {
    const gate = deferred()
    const failed = () => gate.promise
    const rig = new Rig({ job: defineJob({ failed }, (_: unknown, job) => void job.fail()) }, { maxJobs: 1 })
    await rig.push('job')
    const ended = rig.start()
    await rig.nth('job:failed')
    await rig.advance(1_000)
    expect(rig.worker.running.size).toBe(1)
    expect(rig.all('worker:stop')).toEqual([])
    gate.resolve()
    expect(await ended).toBe('max-jobs')
  })

  test('to fail without a reason, or with a text, has a reason all the same', async () => {
    const rig = told((job) => job.fail(job.rawBody.includes('text') ? 'just a text' : undefined))
    await rig.push('Note', 'text')
    await rig.push('Note', 'none')
    void rig.start()
    await rig.nth('job:failed', 2)
    expect(rig.all('job:failed').map(({ error }) => error.message)).toEqual([
      'the job threw "just a text"',
      'the job called fail()',
    ])
  })

  test('to release takes fractions of seconds and refuses what is no delay', async () => {
    const delays = [0.0015, Number.NaN, -1, Infinity, 1e12, '5' as never]
    const rig = told((job) => job.release(delays[JSON.parse(job.rawBody).data]), { tries: 1 })
    for (const at of delays.keys()) await rig.push('Note', at)
    void rig.start()
    expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'released', delayMs: 2 })
    await rig.nth('job:failed', 5)
    for (const { error } of rig.all('job:failed'))
      expect(error.message).toMatch(/the delay is a number of seconds/)
  })

  test('answers true only when the store has confirmed it', async () => {
    const deleted = deferred()
    const answers: boolean[] = []
    const rig = told(
      async (job) => {
        const answer = job.delete().then((ok) => answers.push(ok))
        deleted.resolve()
        await answer
      },
      { concurrency: 2 },
    )
    rig.faulty.fail('settle', away).fail('exchange', away)
    await rig.push('Note')
    void rig.start()
    await deleted.promise
    await rig.advance(1_000)
    expect(rig.all('store:down').length).toBeGreaterThan(1)
    expect(answers).toEqual([])
    rig.faulty.restore()
    await rig.advance(10_000)
    expect(answers).toEqual([true])
  })

  test('is not taken for confirmed because a reserve that was under way came back', async () => {
    const reserving = deferred()
    const answer = deferred()
    const order: string[] = []
    const rig = told(
      async (job) => {
        await reserving.promise
        const deleted = job.delete().then(() => order.push('confirmed'))
        answer.resolve()
        await deleted
      },
      {
        concurrency: 2,
        wrap: (connector) => {
          const { reserve, settle } = connector
          let calls = 0
          return Object.assign(connector, {
            exchange: undefined,
            async reserve(request: Parameters<typeof reserve>[0]) {
              if (++calls === 2) {
                reserving.resolve()
                await answer.promise
              }
              return reserve.call(connector, request)
            },
            settle: async (...args: Parameters<typeof settle>) => {
              order.push('settled')
              return settle.apply(connector, args)
            },
          })
        },
      },
    )
    await rig.push('Note')
    void rig.start()
    await rig.nth('worker:idle')
    await rig.push('Note')
    await rig.nth('job:processed', 2)
    expect(order[0]).toBe('settled')
    await rig.advance(0)
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('is settled at once when it is awaited inside a long run', async () => {
    const end = deferred()
    const deleted = deferred<boolean>()
    const rig = told(async (job) => {
      deleted.resolve(await job.delete())
      await end.promise
    })
    await rig.push('Note')
    void rig.start()
    expect(await deleted.promise).toBe(true)
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
    expect(rig.all('job:processed')).toEqual([])
    end.resolve()
    await rig.nth('job:processed')
  })

  test('travels with the next reserve when it is not awaited', async () => {
    const rig = new Rig({ note: defineJob(() => {}) })
    for (let each = 0; each < 10; each++) await rig.push('note')
    void rig.start()
    await rig.nth('job:processed', 10)
    await rig.idle()
    const calls = (['reserve', 'exchange', 'settle'] as const).map((method) => rig.faulty.calls(method))
    expect(calls).toEqual([1, 10, 0])
  })

  test('is settled and reserved by two calls where a store has no exchange', async () => {
    const rig = new Rig(
      { note: defineJob(() => {}) },
      { wrap: (connector) => Object.assign(connector, { exchange: undefined }) },
    )
    for (let each = 0; each < 3; each++) await rig.push('note')
    void rig.start()
    await rig.nth('job:processed', 3)
    await rig.idle()
    expect([rig.faulty.calls('reserve'), rig.faulty.calls('settle')]).toEqual([4, 3])
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })
})

describe('settlements that cannot reach the store', () => {
  test('wait in order and are made when it is back', async () => {
    const kinds: string[] = []
    const gates = [deferred(), deferred(), deferred()]
    const rig = told(
      async (job) => {
        const number = JSON.parse(job.rawBody).data as number
        await gates[number]!.promise
        void (number === 1 ? job.release(50) : job.delete())
      },
      {
        concurrency: 3,
        wrap: (connector) => {
          const { settle } = connector
          return Object.assign(connector, {
            exchange: undefined,
            settle: async (...args: Parameters<typeof settle>) => {
              kinds.push(...args[0].map(({ kind, reservation }) => `${kind} ${reservation.id}`))
              return settle.apply(connector, args)
            },
          })
        },
      },
    )
    for (const number of [0, 1, 2]) await rig.push('Note', number)
    void rig.start()
    await rig.nth('job:processing', 3)
    rig.faulty.fail('settle', away)
    for (const gate of gates) {
      gate.resolve()
      await rig.advance(7_000)
    }
    expect(kinds).toEqual([])
    rig.faulty.restore()
    await rig.advance(7_000)
    expect(kinds).toEqual(['delete id-1', 'release id-2', 'delete id-3'])
    expect(await rig.counts()).toEqual([0, 1, 0, 0])
    expect(rig.all('job:lost')).toEqual([])
  })

  test('keep their order when more are made while one is on its way', async () => {
    const batches: string[][] = []
    const sent = deferred()
    const lost = deferred()
    const gates = [deferred(), deferred()]
    const rig = told((job) => gates[JSON.parse(job.rawBody).data]!.promise.then(() => void job.delete()), {
      concurrency: 2,
      wrap: (connector) => {
        const { settle } = connector
        return Object.assign(connector, {
          exchange: undefined,
          async settle(...args: Parameters<typeof settle>) {
            batches.push(args[0].map(({ reservation }) => reservation.id))
            sent.resolve()
            if (batches.length === 1) await lost.promise
            return settle.apply(connector, args)
          },
        })
      },
    })
    await rig.push('Note', 0)
    await rig.push('Note', 1)
    void rig.start()
    await rig.nth('job:processing', 2)
    gates[0]!.resolve()
    await sent.promise
    gates[1]!.resolve()
    await rig.nth('job:processed', 2)
    lost.reject(away)
    await rig.advance(1_000)
    expect(batches).toEqual([['id-1'], ['id-1', 'id-2']])
  })

  test('are lost at once when the first try is refused: the job is not ours any more', async () => {
    const answers: boolean[] = []
    const rig = told(
      async (job) => {
        const { reservation } = job as Job & { reservation: Reservation }
        await rig.connector.settle([{ kind: 'release', reservation, delayMs: 0, spend: true }])
        answers.push(await job.delete())
      },
      { concurrency: 1, maxJobs: 1 },
    )
    await rig.push('Note')
    await rig.start()
    expect(answers).toEqual([false])
    expect(rig.all('job:lost')).toHaveLength(1)
    expect(await rig.counts()).toEqual([1, 0, 0, 0])
  })

  test('count as done when only the reply was lost and the repeat is refused', async () => {
    const answers: boolean[] = []
    const rig = told(async (job) => void answers.push(await job.delete()))
    rig.faulty.failAfter('settle', away, 1)
    await rig.push('Note')
    void rig.start()
    await rig.nth('store:down')
    await rig.advance(1_000)
    expect(answers).toEqual([true])
    expect(rig.all('job:lost')).toEqual([])
    expect(rig.all('store:up')).toHaveLength(1)
    expect(rig.faulty.calls('settle')).toBe(2)
  })

  test('are lost when the lease ended meanwhile and another worker has the job', async () => {
    const answers: boolean[] = []
    const rig = told(async (job) => void answers.push(await job.delete()), { expireMs: 10_000 })
    rig.faulty.fail('settle', away).fail('exchange', away).fail('touch', away)
    await rig.push('Note')
    void rig.start()
    await rig.nth('store:down')
    await rig.advance(12_000)
    const [taken] = await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: null })
    expect(taken).toMatchObject({ attempts: 2 })
    rig.faulty.restore()
    await rig.advance(6_000)
    expect(answers).toEqual([false])
    expect(rig.all('job:lost')).toHaveLength(1)
    expect(await rig.counts()).toEqual([0, 0, 1, 0])
  })

  test('are still made after the lease ended when nobody took the job, though who awaits one is not kept', async () => {
    const answers: boolean[] = []
    const rig = told(async (job) => void answers.push(await job.delete()), { expireMs: 10_000 })
    rig.faulty.fail('settle', away)
    await rig.push('Note')
    void rig.start()
    await rig.nth('store:down')
    await rig.advance(11_000)
    rig.faulty.restore()
    await rig.advance(6_000)
    expect(answers).toEqual([false])
    expect(rig.all('job:lost')).toEqual([])
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('do not hold up the worker when the store refuses one for good: that job stays reserved', async () => {
    const rig = new Rig(
      { note: defineJob(() => {}), bad: defineJob({ tries: 1 }, () => Promise.reject(new Error('no'))) },
      {
        concurrency: 3,
        wrap: (connector) => {
          const { settle } = connector
          return Object.assign(connector, {
            exchange: undefined,
            settle: async (...args: Parameters<typeof settle>) => {
              if (args[0].some(({ kind }) => kind === 'bury')) throw new Error('no such table: failed_jobs')
              return settle.apply(connector, args)
            },
          })
        },
      },
    )
    for (const name of ['note', 'bad', 'note', 'note', 'note']) await rig.push(name)
    void rig.start()
    await rig.advance(10_000)
    expect(rig.all('job:processed')).toHaveLength(4)
    expect(await rig.counts()).toEqual([0, 0, 1, 0])
    expect(rig.all('job:warning')).toMatchObject([
      { name: 'bad', message: expect.stringContaining('no such table') },
    ])
    expect(rig.all('job:failed')).toEqual([])
    expect(rig.all('store:up').length).toBeGreaterThan(0)
    expect(rig.worker.running.size).toBe(0)
  })
})
