import { describe, expect, test } from 'vitest'
import { EffectUnknown, QueueError, StoreError } from '../../src/contract/errors.ts'
import { copyThrown, thrownOf } from '../../src/sandbox/thrown-copy.ts'

/** There and back, as between two processes. */
const sent = (thrown: unknown): unknown => thrownOf(structuredClone(copyThrown(thrown)))

describe('what is thrown in a sandbox arrives', () => {
  test('as an error of its class, with message, stack, plain fields and causes', () => {
    const cause = Object.assign(new RangeError('too far'), { errno: -104, at: new Date(0) })
    const error = Object.assign(new TypeError('of no use', { cause }), { code: 'ENOUSE', deep: { a: 1 } })
    const got = sent(error) as typeof error
    expect(got).toBeInstanceOf(TypeError)
    expect(got).toMatchObject({ name: 'TypeError', message: 'of no use', code: 'ENOUSE', stack: error.stack })
    expect(got).not.toHaveProperty('deep')
    expect(got.cause).toBeInstanceOf(RangeError)
    expect(got.cause).toMatchObject({ message: 'too far', errno: -104 })
    expect(got.cause).not.toHaveProperty('at')
  })

  test('as one of this package, which is known again by its class', () => {
    expect(sent(new EffectUnknown('who knows'))).toBeInstanceOf(EffectUnknown)
    expect(sent(new QueueError('TX_ELSEWHERE', 'not here'))).toMatchObject({ code: 'TX_ELSEWHERE' })
    const away = sent(new StoreError('away', { transient: true }))
    expect(away).toBeInstanceOf(StoreError)
    expect(away).toMatchObject({ transient: true })
  })

  test('as the nearest class that both sides know, under its own name', () => {
    class TooHot extends RangeError {
      override name = 'TooHot'
    }
    const got = sent(new TooHot('40 degrees'))
    expect(got).toBeInstanceOf(RangeError)
    expect(String(got)).toBe('TooHot: 40 degrees')
  })

  test('as the value it is, when it is no error', () => {
    for (const value of [null, undefined, 'a text', 7, 10n, { a: [1] }]) expect(sent(value)).toEqual(value)
  })

  test('in words, when it cannot be sent or looked at', () => {
    const trap = new Proxy(new Error('x'), {
      get() {
        throw new Error('do not look')
      },
    })
    expect(sent(() => 1)).toMatch(/cannot be copied: \[object Function\]/)
    expect(sent(trap)).toMatch(/cannot be (copied|described)/)
  })

  test('cut to what is bearable: long texts, many fields, endless causes', () => {
    const long = new Error('x'.repeat(1_000_000))
    expect((sent(long) as Error).message).toHaveLength(64 * 1024)
    const many = new Error('many')
    for (let each = 0; each < 1_000; each++)
      (many as unknown as Record<string, number>)[`field${each}`] = each
    expect(Object.keys(sent(many) as Error)).toHaveLength(32)
    const circle = new Error('circle')
    circle.cause = circle
    let depth = 0
    for (let at = sent(circle) as Error | undefined; at !== undefined; at = at.cause as Error) depth++
    expect(depth).toBe(9)
  })
})
