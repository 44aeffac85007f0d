import { describe, expect, test } from 'vitest'
import { defineJob } from '../../src/contract/job.ts'
import { errorRecord, toError } from '../../src/worker/error-record.ts'
import { Rig } from './rig.ts'

const circular: { self?: unknown } = {}
circular.self = circular

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('trapped')
    },
    getPrototypeOf() {
      throw new Error('trapped')
    },
    ownKeys() {
      throw new Error('trapped')
    },
  },
)

const getter = Object.defineProperty(new Error('x'), 'message', {
  get() {
    throw new Error('trapped')
  },
})

class Tagged {
  toJSON() {
    throw new Error('trapped')
  }
  get [Symbol.toStringTag](): string {
    throw new Error('trapped')
  }
}

const odd: readonly (readonly [string, unknown, RegExp])[] = [
  ['null', null, /the job threw null/],
  ['undefined', undefined, /the job threw undefined/],
  ['a text', 'plain', /the job threw "plain"/],
  ['a number', 42, /the job threw 42/],
  ['a BigInt', 42n, /the job threw 42/],
  ['a symbol', Symbol('s'), /the job threw Symbol\(s\)/],
  ['a function', () => {}, /the job threw a function/],
  ['an object', { code: 7 }, /the job threw \{"code":7\}/],
  ['a circular object', circular, /the job threw \[object Object\]/],
  ['an object without a prototype', Object.create(null), /the job threw \{\}/],
  ['a proxy that throws', hostile, /the job threw something that cannot be described/],
  ['an error whose message throws', getter, /the job threw/],
  ['an object that throws when described', new Tagged(), /something that cannot be described/],
  ['an error whose stack is no text', Object.assign(new Error('x'), { stack: 5 }), /the job threw/],
  ['1 MB of text', 'x'.repeat(1_000_000), /the job threw "xxx/],
  ['an error with a message of 1 MB', new Error('y'.repeat(1_000_000)), /^Error: yyy[\s\S]*shortened/],
  [
    'an error with a message of 1 MB of Chinese',
    new Error('错'.repeat(400_000)),
    /^Error: 错错[\s\S]*shortened/,
  ],
]

describe('whatever a job throws', () => {
  for (const [what, thrown, record] of odd) {
    test(`is kept as a record of at most 64 KB: ${what}`, async () => {
      const rig = new Rig({ job: defineJob({ tries: 1 }, () => Promise.reject(thrown)) })
      await rig.push('job')
      void rig.start()
      expect((await rig.nth('job:failed')).error).toBeInstanceOf(Error)
      const { reason } = (await rig.connector.failed.all())[0]!
      expect(reason).toMatch(record)
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(64 * 1024)
      expect(reason).not.toContain('\ufffd')
    })
  }

  test('is the same error for failed() and for listeners when it is one', async () => {
    const error = new TypeError('mine')
    const reasons: Error[] = []
    const options = { tries: 1, failed: (_: unknown, reason: Error) => void reasons.push(reason) }
    const rig = new Rig({ job: defineJob(options, () => Promise.reject(error)) })
    await rig.push('job')
    void rig.start()
    await rig.idle()
    expect(reasons).toEqual([error])
    expect(rig.all('job:error')[0]!.error).toBe(error)
  })
})

describe('the record of an error', () => {
  test('has its stack and its causes', () => {
    const record = errorRecord(new Error('outer', { cause: new RangeError('inner', { cause: 'the root' }) }))
    expect(record).toMatch(
      /^Error: outer\n +at [\s\S]*\ncaused by: RangeError: inner\n +at [\s\S]*\ncaused by: "the root"$/,
    )
  })

  test('ends when causes go in a circle', () => {
    const error = new Error('a')
    error.cause = new Error('b', { cause: error })
    expect(errorRecord(error).match(/caused by/g)).toHaveLength(1)
  })

  test('ends when there is always one more cause', () => {
    class Endless extends Error {
      override get cause(): Error {
        return new Endless('again')
      }
    }
    expect(Buffer.byteLength(errorRecord(new Endless('first')))).toBeLessThanOrEqual(64 * 1024)
  })

  test('has the message when the stack was made before it', () => {
    const error = new Error('before')
    error.message = 'after'
    expect(errorRecord(error)).toContain('Error: after')
  })

  test('is that of the error itself', () => {
    const error = new Error('x')
    expect(toError(error)).toBe(error)
  })
})
