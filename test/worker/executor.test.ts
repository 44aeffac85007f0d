import { describe, expect, test } from 'vitest'
import { defineJob, type Job } from '../../src/contract/job.ts'
import { deferred, Rig } from './rig.ts'

describe('a job that ends well', () => {
  test('is deleted when it is a function and returns', async () => {
    const seen: unknown[] = []
    const rig = new Rig({ note: defineJob((data: unknown, job) => void seen.push(data, job.attempts)) })
    await rig.push('note', { order: 7 })
    void rig.start()
    expect(await rig.nth('job:processed')).toMatchObject({ name: 'note', outcome: 'deleted', attempts: 1 })
    await rig.idle()
    expect(seen).toEqual([{ order: 7 }, 1])
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('keeps its reservation when it is a class that does not settle, and is delivered again after expire', async () => {
    const attempts: number[] = []
    class Note {
      fire(job: Job) {
        attempts.push(job.attempts)
        if (job.attempts === 2) return job.delete()
      }
    }
    const rig = new Rig({ Note }, { expireMs: 60_000 })
    await rig.push('Note')
    void rig.start()
    expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'unsettled' })
    await rig.advance(59_000)
    expect(attempts).toEqual([1])
    expect(await rig.counts()).toEqual([0, 0, 1, 0])
    await rig.advance(2_000)
    expect(attempts).toEqual([1, 2])
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
  })

  test('is warned about once for each job name when it does not settle', async () => {
    class Note {
      fire() {}
    }
    class Other {
      fire() {}
    }
    const rig = new Rig({ Note, Other })
    for (const name of ['Note', 'Other', 'Note', 'Other']) await rig.push(name)
    void rig.start()
    await rig.nth('job:processed', 4)
    expect(rig.all('job:warning').map(({ name }) => name)).toEqual(['Note', 'Other'])
    expect(rig.all('job:warning')[0]!.message).toMatch(
      /neither deleted nor released.*again in 60 s.*autoDelete/,
    )
  })

  test('is deleted when it is a class and autoDelete is on', async () => {
    class Note {
      fire() {}
    }
    const rig = new Rig({ Note }, { autoDelete: true })
    await rig.push('Note')
    void rig.start()
    expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'deleted' })
    await rig.idle()
    expect(await rig.counts()).toEqual([0, 0, 0, 0])
    expect(rig.all('job:warning')).toEqual([])
  })

  test('keeps its own decision when autoDelete is on', async () => {
    class Note {
      fire(job: Job) {
        void job.release(9)
      }
    }
    const rig = new Rig({ Note }, { autoDelete: true })
    await rig.push('Note')
    void rig.start()
    expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'released', delayMs: 9_000 })
    await rig.idle()
    expect(await rig.counts()).toEqual([0, 1, 0, 0])
  })

  test('runs the task its name gives, on an instance of its own', async () => {
    const made: object[] = []
    class Tasks {
      task1(job: Job, data: unknown) {
        made.push(this, { data, name: job.name })
        return job.delete()
      }
    }
    const rig = new Rig({ Tasks })
    await rig.push('app\\lib\\job\\Tasks@task1'.replace('lib\\', ''), 1)
    await rig.push('Tasks@task1', 2)
    void rig.start()
    await rig.nth('job:processed', 2)
    expect(made[1]).toEqual({ data: 1, name: 'app\\job\\Tasks@task1' })
    expect(made[3]).toEqual({ data: 2, name: 'Tasks@task1' })
    expect(made[0]).not.toBe(made[2])
  })
})

describe('what a handler sees of its job', () => {
  test('is id, name, queue, attempts, the raw bytes and a signal', async () => {
    const seen: Job[] = []
    const rig = new Rig({ note: defineJob((_: unknown, job) => void seen.push(job)) }, { queues: ['a'] })
    const body = '{"job" : "note","data":[1,  2]}'
    const id = await rig.pushRaw(body, 'a')
    void rig.start()
    await rig.nth('job:processed')
    expect(seen[0]).toMatchObject({ id, name: 'note', queue: 'a', attempts: 1, rawBody: body })
    expect(seen[0]!.signal).toBeInstanceOf(AbortSignal)
    expect(seen[0]!.signal.aborted).toBe(false)
    expect(seen[0]!.signal).toBe(seen[0]!.signal)
  })

  test('says whether it was deleted, released or failed', async () => {
    const states: Record<string, boolean[]> = {}
    const state = (job: Job) => [job.isDeleted, job.isReleased, job.hasFailed]
    class Note {
      async fire(job: Job, how: 'delete' | 'release' | 'fail') {
        const before = state(job)
        void (how === 'release' ? job.release(5) : job[how]())
        states[how] = [...before, ...state(job)]
      }
    }
    const rig = new Rig({ Note })
    for (const how of ['delete', 'release', 'fail']) await rig.push('Note', how)
    void rig.start()
    await rig.nth('job:processed', 3)
    const no = [false, false, false]
    expect(states).toEqual({
      delete: [...no, true, false, false],
      release: [...no, false, true, false],
      fail: [...no, false, false, true],
    })
  })

  test('has big integers with all their digits, as BigInt or as text', async () => {
    const seen: unknown[] = []
    for (const bigNumbers of ['bigint', 'string'] as const) {
      const rig = new Rig({ note: defineJob((data: unknown) => void seen.push(data)) }, { bigNumbers })
      await rig.pushRaw('{"job":"note","data":{"id":1234567890123456789}}')
      void rig.start()
      await rig.nth('job:processed')
    }
    expect(seen).toEqual([{ id: 1234567890123456789n }, { id: '1234567890123456789' }])
  })

  test('leaves Object.prototype alone when data has a key __proto__', async () => {
    const seen: object[] = []
    const rig = new Rig({ note: defineJob((data: object) => void seen.push(data)) })
    await rig.pushRaw('{"job":"note","data":{"__proto__":{"admin":true},"id":1}}')
    void rig.start()
    await rig.nth('job:processed')
    expect(Object.keys(seen[0]!)).toEqual(['__proto__', 'id'])
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe('a job that throws', () => {
  test('is released with the backoff of the options, as an attempt spent', async () => {
    const attempts: number[] = []
    const failing = defineJob((_: unknown, job) => {
      attempts.push(job.attempts)
      throw new Error('no')
    })
    const rig = new Rig({ failing }, { backoffMs: (attempt) => attempt * 10_000, tries: 0 })
    await rig.push('failing')
    void rig.start()
    expect(await rig.nth('job:error')).toMatchObject({ willRetry: true, delayMs: 10_000, attempts: 1 })
    await rig.advance(9_999)
    expect(attempts).toEqual([1])
    await rig.advance(1)
    expect(attempts).toEqual([1, 2])
    expect(rig.all('job:error')[1]).toMatchObject({ willRetry: true, delayMs: 20_000, attempts: 2 })
    await rig.advance(19_999)
    expect(attempts).toEqual([1, 2])
    await rig.advance(1)
    expect(attempts).toEqual([1, 2, 3])
  })

  test('prefers its own backoff: one figure, a list whose last repeats, or exponential', async () => {
    const throws = () => {
      throw new Error('no')
    }
    const rig = new Rig(
      {
        one: defineJob({ backoff: 7 }, throws),
        list: defineJob({ backoff: [1, 3] }, throws),
        exponential: defineJob({ backoff: 'exponential' }, throws),
        zero: defineJob({ backoff: 0 }, throws),
        none: defineJob(throws),
      },
      { backoffMs: () => 500, tries: 0 },
    )
    for (const name of ['one', 'list', 'exponential', 'none']) await rig.push(name)
    void rig.start()
    const delays = (name: string) =>
      rig
        .all('job:error')
        .filter((event) => event.name === name)
        .map(({ delayMs }) => delayMs)
        .slice(0, 3)
    await rig.nth('job:error', 4)
    await rig.advance(30_000)
    expect(delays('one')).toEqual([7_000, 7_000, 7_000])
    expect(delays('list')).toEqual([1_000, 3_000, 3_000])
    expect(delays('exponential')).toEqual([2_000, 4_000, 8_000])
    expect(delays('none')).toEqual([500, 500, 500])
    await rig.push('zero')
    await rig.until(() => delays('zero').length === 3)
    expect(delays('zero')).toEqual([0, 0, 0])
  })

  test('is buried by its last failing run at once, and failed(data, reason) is called once, after that', async () => {
    const calls: unknown[] = []
    const rig = new Rig(
      {
        Note: class {
          fire() {
            throw new Error('broken thing')
          }
          async failed(data: unknown, reason: Error) {
            calls.push(data, reason, await rig.counts())
          }
        },
      },
      { tries: 2 },
    )
    await rig.push('Note', { order: 1 })
    void rig.start()
    expect(await rig.nth('job:failed')).toMatchObject({ attempts: 2, error: { message: 'broken thing' } })
    await rig.idle()
    expect(calls).toEqual([{ order: 1 }, expect.objectContaining({ message: 'broken thing' }), [0, 0, 0, 1]])
    expect(rig.all('job:error').map(({ willRetry }) => willRetry)).toEqual([true, false])
    const [failed] = await rig.connector.failed.all()
    expect(failed).toMatchObject({ queue: 'default', body: '{"job":"Note","data":{"order":1}}' })
    expect(failed!.reason).toMatch(/^Error: broken thing\n +at /)
  })

  test('is not called failed() for while its burying is not confirmed', async () => {
    const failed = deferred<number>()
    let buried = 0
    const wrapOrder: string[] = []
    const rig = new Rig(
      {
        job: defineJob({ failed: () => failed.resolve(wrapOrder.push('failed')), tries: 1 }, () =>
          Promise.reject(new Error('no')),
        ),
      },
      {
        wrap: (connector) => {
          const settle = connector.settle.bind(connector)
          return Object.assign(connector, {
            exchange: undefined,
            settle: async (...args: Parameters<typeof settle>) => {
              const refused = await settle(...args)
              if (args[0].some(({ kind }) => kind === 'bury')) wrapOrder.push(`buried ${++buried}`)
              return refused
            },
          })
        },
      },
    )
    await rig.push('job')
    void rig.start()
    await failed.promise
    expect(wrapOrder).toEqual(['buried 1', 'failed'])
  })

  test('prefers its own tries to the options', async () => {
    const throws = () => {
      throw new Error('no')
    }
    const rig = new Rig({ once: defineJob({ tries: 1 }, throws), ever: defineJob({ tries: 0 }, throws) })
    await rig.push('once')
    await rig.push('ever')
    void rig.start()
    await rig.until(() => rig.all('job:error').some(({ attempts }) => attempts === 9))
    expect(rig.all('job:failed')).toMatchObject([{ name: 'once', attempts: 1 }])
  })

  test('is tried for ever when tries is 0', async () => {
    const rig = new Rig(
      {
        job: defineJob((_: unknown, job) => {
          if (job.attempts < 50) throw new Error('no')
        }),
      },
      { tries: 0 },
    )
    await rig.push('job')
    void rig.start()
    expect(await rig.nth('job:processed')).toMatchObject({ attempts: 50 })
    expect(rig.all('job:failed')).toEqual([])
  })

  test('is only warned about when its failed() throws too', async () => {
    const rig = new Rig({
      job: defineJob(
        {
          tries: 1,
          failed: () => {
            throw new Error('failed() is broken')
          },
        },
        () => Promise.reject(new Error('no')),
      ),
      next: defineJob(() => {}),
    })
    await rig.push('job')
    await rig.push('next')
    void rig.start()
    expect(await rig.nth('job:processed')).toMatchObject({ name: 'next' })
    expect(rig.all('job:warning')).toMatchObject([{ message: expect.stringContaining('failed() is broken') }])
    expect(rig.all('job:failed')).toHaveLength(1)
    expect(await rig.counts()).toMatchObject([0, 0, expect.anything(), 1])
  })

  test('in its constructor is a failed run like any other', async () => {
    class Broken {
      constructor() {
        throw new Error('cannot be made')
      }
      fire() {}
    }
    const rig = new Rig({ Broken }, { tries: 2 })
    await rig.push('Broken')
    void rig.start()
    expect(await rig.nth('job:failed')).toMatchObject({ attempts: 2, error: { message: 'cannot be made' } })
  })

  test('one of our own errors is retried like any other', async () => {
    const { MalformedPayload, UnknownJob, TriesExhausted } = await import('../../src/contract/errors.ts')
    const rig = new Rig({
      malformed: defineJob(() => Promise.reject(new MalformedPayload('its own'))),
      unknown: defineJob(() => Promise.reject(new UnknownJob('its own'))),
      exhausted: defineJob(() => Promise.reject(new TriesExhausted(1, 1))),
    })
    for (const name of ['malformed', 'unknown', 'exhausted']) await rig.push(name)
    void rig.start()
    await rig.nth('job:failed', 3)
    expect(rig.all('job:failed').map(({ attempts }) => attempts)).toEqual([3, 3, 3])
  })
})

describe('a delivery beyond its tries', () => {
  test('is buried without running, and failed() is called', async () => {
    const ran: number[] = []
    const failed: unknown[] = []
    const job = defineJob({ tries: 2, failed: (data, reason) => void failed.push(data, reason.name) }, () => {
      ran.push(1)
    })
    const rig = new Rig({ job })
    await rig.push('job', 'the data')
    for (const _ of [1, 2]) {
      const [reservation] = await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: 0 })
      expect(reservation).toBeDefined()
    }
    void rig.start()
    expect(await rig.nth('job:failed')).toMatchObject({
      attempts: 3,
      durationMs: null,
      error: { code: 'TRIES_EXHAUSTED' },
    })
    await rig.idle()
    expect(ran).toEqual([])
    expect(failed).toEqual(['the data', 'TriesExhausted'])
    expect(rig.all('job:processing')).toEqual([])
  })

  test('comes after a manual release on the last try, which is kept', async () => {
    const attempts: number[] = []
    const job = defineJob({ tries: 2 }, (_, job) => {
      attempts.push(job.attempts)
      return job.release(1)
    })
    const rig = new Rig({ job })
    await rig.push('job')
    void rig.start()
    await rig.nth('job:processed')
    await rig.advance(1_000)
    expect(attempts).toEqual([1, 2])
    expect(await rig.counts()).toEqual([0, 1, 0, 0])
    await rig.advance(1_000)
    expect(attempts).toEqual([1, 2])
    expect(await rig.nth('job:failed')).toMatchObject({ attempts: 3, error: { code: 'TRIES_EXHAUSTED' } })
  })

  test('sends the job of a process that always dies to the failed jobs, while others are served', async () => {
    const rig = new Rig(
      { poison: defineJob(() => {}), other: defineJob(() => {}) },
      { tries: 3, expireMs: 10_000 },
    )
    await rig.push('poison')
    for (const kill of [1, 2, 3]) {
      const [reservation] = await rig.connector.reserve({ queues: ['default'], limit: 1, expireMs: 10_000 })
      expect(reservation).toMatchObject({ id: 'id-1', attempts: kill })
      await rig.advance(10_000)
    }
    for (let each = 0; each < 3; each++) await rig.push('other')
    void rig.start()
    await rig.nth('job:processed', 3)
    expect(rig.all('job:processed').map(({ name }) => name)).toEqual(['other', 'other', 'other'])
    expect(await rig.nth('job:failed')).toMatchObject({ name: 'poison', attempts: 4 })
  })
})
