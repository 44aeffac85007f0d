import { describe, expect, it } from 'vitest'
import type { PullConnector } from '../../src/contract/connector.ts'
import type { OnceOptions } from '../../src/contract/effects.ts'
import { EffectUnknown } from '../../src/contract/errors.ts'
import { defineJob, type Job } from '../../src/contract/job.ts'
import { away, deferred, Rig, type RigOptions } from '../worker/rig.ts'

/** A worker whose one job sends a message; what it sent, and what `once` came to. */
function sending(
  run: (send: (key?: string, options?: OnceOptions) => Promise<boolean>, job: Job) => Promise<unknown>,
  options: RigOptions = {},
) {
  const sent: string[] = []
  let onTheWay = async (): Promise<void> => {}
  const J = defineJob(async (data: { order: number }, job) => {
    const send = (key = `sms:${data.order}`, options?: OnceOptions) =>
      job.once(
        key,
        async () => {
          sent.push(key)
          await onTheWay()
        },
        options,
      )
    await run(send, job)
  })
  const rig = new Rig({ J }, { tries: 4, timeoutMs: 0, ...options })
  return {
    rig,
    sent,
    meanwhile: (fn: () => Promise<void>) => {
      onTheWay = fn
    },
  }
}

const messages = (rig: Rig) =>
  rig.all('job:error').map(({ error }) => (error as { code?: string }).code ?? error.message)

describe('an effect', () => {
  it('is had once, however often its job runs, and once says whether it was had now', async () => {
    const answers: boolean[] = []
    const { rig, sent } = sending(async (send, job) => {
      answers.push(await send())
      if (job.attempts < 3) throw new Error('the rest failed')
    })
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.nth('job:processed')
    expect({ sent, answers }).toEqual({ sent: ['sms:1'], answers: [true, false, false] })
  })

  it('of another key, or of a job with other data and a key of its own, is another effect', async () => {
    const { rig, sent } = sending(async (send) => {
      await send()
      await send('mail:1')
    })
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.nth('job:processed')
    expect(sent).toEqual(['sms:1', 'mail:1'])
  })

  it('whose function throws is not done: the next run has it', async () => {
    let failures = 2
    const { rig, sent, meanwhile } = sending((send) => send(undefined, { ifUnknown: 'skip' }))
    meanwhile(async () => {
      if (failures-- > 0) throw new Error('the account refused it')
    })
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.nth('job:processed')
    expect(sent).toHaveLength(3)
    expect(messages(rig)).toEqual(['the account refused it', 'the account refused it'])
  })

  it('whose job is pushed twice is had once', async () => {
    const { rig, sent } = sending((send) => send())
    await rig.push('J', { order: 1 })
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.nth('job:processed', 2)
    expect(sent).toEqual(['sms:1'])
  })

  it('whose key another job has fails the job, which would else do nothing for ever', async () => {
    const { rig, sent } = sending((send) => send('sms'), { tries: 1 })
    await rig.push('J', { order: 1 })
    await rig.push('J', { order: 2 })
    void rig.start()
    const { error } = await rig.nth('job:failed')
    expect(error.message).toMatch(/the key "sms" is taken by another job \(id-1\).*"sms:order:42", not "sms"/)
    expect(sent).toEqual(['sms'])
  })

  it.each(['', 'é'.repeat(101), 7 as never])('has no key such as %j', async (key) => {
    const { rig, sent } = sending((send) => send(key), { tries: 1 })
    await rig.push('J', { order: 1 })
    void rig.start()
    expect((await rig.nth('job:failed')).error.message).toMatch(/must be a text of 1 to 200 bytes/)
    expect(sent).toEqual([])
  })
})

describe('an effect that another job of the same name and data is at', () => {
  /** Two workers with a job each, equal in name and data; the first message is under way. */
  async function bothAtIt(options?: OnceOptions, ownOptions: RigOptions = {}) {
    const arrived = deferred()
    const made = sending((send) => send(undefined, options), ownOptions)
    made.meanwhile(() => arrived.promise)
    const { rig } = made
    await rig.push('J', { order: 1 })
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(10)
    const other = sending((send) => send(undefined, options), { store: rig.store, clock: rig.clock })
    if (ownOptions.concurrency === undefined) void other.rig.start()
    await other.rig.advance(10)
    return { first: made, other, arrived }
  }

  it.each(['repeat', 'skip', 'throw'] as const)(
    'is waited for, however long it takes (%s)',
    async (ifUnknown) => {
      const { first, other, arrived } = await bothAtIt({ ifUnknown })
      await first.rig.advance(180_000)
      expect([...first.sent, ...other.sent]).toEqual(['sms:1'])
      expect(other.rig.all('job:processed')).toEqual([])
      arrived.resolve()
      await first.rig.advance(1_000)
      expect([...first.sent, ...other.sent]).toEqual(['sms:1'])
      expect(first.rig.all('job:processed')).toHaveLength(1)
      expect(other.rig.all('job:processed')).toHaveLength(1)
      expect(await first.rig.counts()).toEqual([0, 0, 0, 0])
    },
  )

  it('in the same worker is waited for too', async () => {
    const { first, arrived } = await bothAtIt({}, { concurrency: 2 })
    await first.rig.advance(60_000)
    expect(first.sent).toHaveLength(1)
    arrived.resolve()
    await first.rig.advance(1_000)
    expect(first.rig.all('job:processed')).toHaveLength(2)
    expect(first.sent).toHaveLength(1)
  })

  it('and fails at is had by the one that waited', async () => {
    const { first, other, arrived } = await bothAtIt({ ifUnknown: 'skip' }, { backoffMs: () => 1_000 })
    arrived.reject(new Error('the account refused it'))
    await first.rig.advance(2_000)
    expect(first.sent).toHaveLength(1)
    expect(other.sent).toHaveLength(1)
    expect(messages(first.rig)).toEqual(['the account refused it'])
    expect(await first.rig.counts()).toEqual([0, 0, 0, 0])
  })

  it.each([
    ['repeat', 1],
    ['skip', 0],
  ] as const)('and was cut off at counts as unknown after fifteen seconds (%s)', async (ifUnknown, times) => {
    const { first, other } = await bothAtIt({ ifUnknown })
    // As if its process were dead: nothing of it reaches the store any more.
    first.rig.faulty.fail('cache.set', away).fail('touch', away).fail('exchange', away)
    await other.rig.advance(14_000)
    expect(other.rig.all('job:processed')).toEqual([])
    await other.rig.advance(3_000)
    expect(other.rig.all('job:processed')).toHaveLength(1)
    expect(other.sent).toHaveLength(times)
  })

  it('asked for twice at once by one run is had once', async () => {
    const { rig, sent } = sending((send) => Promise.all([send(), send()]))
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.advance(2_000)
    expect(rig.all('job:processed')).toHaveLength(1)
    expect(sent).toHaveLength(1)
  })
})

describe('an effect that was begun and cut off', () => {
  /** The first run is given up while its message is on the way. */
  async function cutOff(options?: OnceOptions) {
    const made = sending((send) => send(undefined, options), { tries: 3 })
    const { rig, sent, meanwhile } = made
    meanwhile(async () => {
      if (sent.length === 1) await new Promise(() => {})
    })
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.nth('job:processing')
    await rig.advance(10)
    expect(sent).toHaveLength(1)
    // Another worker, once the lease of the first has ended: that one is as if dead.
    rig.faulty.fail('touch', away)
    rig.faulty.fail('exchange', away)
    const after = sending((send) => send(undefined, options), {
      tries: 3,
      store: rig.store,
      clock: rig.clock,
    })
    void after.rig.start()
    await after.rig.advance(61_000)
    return after
  }

  it('is had again by default', async () => {
    const { rig, sent } = await cutOff()
    expect(sent).toEqual(['sms:1'])
    expect(rig.all('job:processed')).toHaveLength(1)
  })

  it('is left alone with skip, and counts as done', async () => {
    const { rig, sent } = await cutOff({ ifUnknown: 'skip' })
    expect(sent).toEqual([])
    expect(rig.all('job:processed')).toHaveLength(1)
    expect(await rig.connector.cache.get('once:sms:1')).toMatch(/^done /)
  })

  it('fails every later run with throw, until somebody has looked', async () => {
    const { rig, sent } = await cutOff({ ifUnknown: 'throw' })
    await rig.advance(1_000)
    expect(sent).toEqual([])
    expect(messages(rig)).toEqual(['EFFECT_UNKNOWN', 'EFFECT_UNKNOWN'])
    expect(rig.all('job:failed')).toHaveLength(1)
  })

  it('is unknown too when its function says that it cannot tell', async () => {
    const { rig, sent, meanwhile } = sending((send) => send(undefined, { ifUnknown: 'skip' }))
    meanwhile(async () => {
      throw new EffectUnknown('the request timed out')
    })
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.nth('job:processed')
    expect(sent).toHaveLength(1)
  })
})

describe('a store that is away', () => {
  it('after the effect is told until it answers, and the effect is had once', async () => {
    const { rig, sent } = sending((send) => send())
    rig.faulty.fail('cache.set', away, 12)
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.advance(60_000)
    expect(rig.faulty.calls('cache.set')).toBe(13)
    expect(rig.all('job:processed')).toHaveLength(1)
    expect(sent).toHaveLength(1)
  })

  it('before it is asked until it answers, and a lost answer leaves nothing unknown', async () => {
    const { rig, sent } = sending((send) => send(undefined, { ifUnknown: 'throw' }))
    rig.faulty.fail('cache.add', away, 3).failAfter('cache.add', away, 2)
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.advance(30_000)
    expect(messages(rig)).toEqual([])
    expect(sent).toHaveLength(1)
  })

  it('until the lease is lost leaves the effect begun, and the job is told that it was done', async () => {
    let error: unknown
    const { rig, sent } = sending((send) =>
      send().catch((thrown) => {
        error = thrown
      }),
    )
    rig.faulty.fail('cache.set', away).fail('touch', away)
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.advance(70_000)
    expect(error).toMatchObject({ code: 'ONCE_UNRECORDED', cause: away })
    expect(sent).toHaveLength(1)
    expect(await rig.connector.cache.get('once:sms:1')).toMatch(/^started /)
  })

  it('until the lease is lost before the effect: it is not had', async () => {
    let error: unknown
    const answer = deferred()
    const slow = (connector: PullConnector): PullConnector => {
      const { add } = connector.cache
      const late: typeof add = async (...args) => {
        await answer.promise
        return add(...args)
      }
      return Object.assign(connector, { cache: { ...connector.cache, add: late } })
    }
    const run = (send: () => Promise<boolean>) =>
      send().catch((thrown) => {
        error = thrown
      })
    const { rig, sent } = sending(run, { wrap: slow })
    rig.faulty.fail('touch', away)
    await rig.push('J', { order: 1 })
    void rig.start()
    await rig.advance(61_000)
    answer.resolve()
    await rig.advance(1_000)
    expect(error).toMatchObject({ code: 'LEASE_LOST' })
    expect(sent).toEqual([])
    expect(await rig.connector.cache.get('once:sms:1')).toBeNull()
  })

  it('for good is told at once', async () => {
    const broken = new Error('no such table')
    const { rig, sent } = sending((send) => send(), { tries: 1 })
    rig.faulty.fail('cache.add', broken)
    await rig.push('J', { order: 1 })
    void rig.start()
    expect((await rig.nth('job:failed')).error).toBe(broken)
    expect(sent).toEqual([])
  })
})
