import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { PayloadError } from '../../src/contract/errors.ts'
import { encodeData } from '../../src/payload.ts'
import { nested } from './fixtures.ts'

function refusal(data: unknown): PayloadError {
  try {
    encodeData(data)
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadError)
    return error as PayloadError
  }
  throw new Error('it was not refused')
}

const circular: Record<string, unknown> = { list: [1, {}] }
;(circular.list as Record<string, unknown>[])[1]!.back = circular
const selfish: unknown[] = []
selfish.push(selfish)
class Money {
  readonly #cents = 5
  get cents() {
    return this.#cents
  }
}

describe('what JSON would lose, or PHP could not read, is refused by its path', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['undefined in a list', { order: { items: [1, 2, undefined] } }, 'data.order.items[2]', /use null/],
    ['a hole in a list', Object.assign([1], { 2: 3 }), 'data[1]', /use null/],
    ['a circle', circular, 'data.list[1].back', /circular: it is data again/],
    ['a list in itself', selfish, 'data[0]', /circular: it is data again/],
    ['a BigInt beyond int64', { id: 2n ** 63n }, 'data.id', /64 bits/],
    ['a BigInt below int64', [-(2n ** 63n) - 1n], 'data[0]', /64 bits/],
    ['a Map', { m: new Map() }, 'data.m', /Object\.fromEntries/],
    ['a Set', { s: new Set([1]) }, 'data.s', /\[\.\.\.set\]/],
    ['a WeakMap', { w: new WeakMap() }, 'data.w', /WeakMap/],
    ['a WeakSet', { w: new WeakSet() }, 'data.w', /WeakSet/],
    ['a RegExp', { r: /x/ }, 'data.r', /source/],
    ['a Promise', Promise.resolve(1), 'data', /await/],
    ['an Error', { e: new TypeError('x') }, 'data.e', /error\.message/],
    ['an Error with fields', { e: Object.assign(new Error('x'), { code: 1 }) }, 'data.e', /error\.message/],
    ['an ArrayBuffer', { b: new ArrayBuffer(2) }, 'data.b', /base64/],
    ['a typed array', { b: new Uint8Array(2) }, 'data.b', /base64/],
    ['an instance JSON sees nothing of', { price: new Money() }, 'data.price', /a Money .* toJSON/],
    ['a boxed symbol', { s: Object(Symbol('x')) }, 'data.s', /symbol/],
    ['a function', { on: { done: () => {} } }, 'data.on.done', /function/],
    ['a symbol', [Symbol('x')], 'data[0]', /symbol/],
    ['NaN', { n: Number.NaN }, 'data.n', /NaN/],
    ['Infinity', { n: [-Infinity] }, 'data.n[0]', /-Infinity/],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'data.at', /invalid Date/],
    ['half a surrogate pair', { t: 'a\ud83d' }, 'data.t', /surrogate/],
    ['half a surrogate pair in a key', { a: { '\udc00': 1 } }, 'data.a["\\udc00"]', /a key with/],
    ['a strange key', { 'a b': { 'x-y': Number.NaN } }, 'data["a b"]["x-y"]', /NaN/],
    ['toJSON that returns undefined', { toJSON: () => undefined }, 'data', /undefined/],
    ['toJSON that returns a Map', { a: { toJSON: () => new Map() } }, 'data.a', /Map/],
  ])('%s', (_name, data, path, problem) => {
    const error = refusal(data)
    expect(error.path).toBe(path)
    expect(error.message).toMatch(problem)
    expect(error.message.startsWith(`${path}: `)).toBe(true)
  })

  it('nesting: 510 levels are the most PHP reads back on Redis', () => {
    expect(encodeData(nested(510))).toBe('['.repeat(510) + 1 + ']'.repeat(510))
    expect(refusal(nested(511)).message).toMatch(/more than 510 levels/)
    expect(refusal(nested(511)).path.length).toBeLessThan(300)
  })

  it('an object that makes a deeper one of itself for ever is refused as too deep', () => {
    const endless = () => ({ toJSON: () => ({ next: endless() }) })
    expect(refusal(endless()).message).toMatch(/levels/)
  })

  it('a very long key is cut in the path', () => {
    expect(refusal({ ['k'.repeat(100_000)]: Number.NaN }).path.length).toBeLessThan(100)
  })
})

describe('what is written', () => {
  it.each<[string, unknown, string]>([
    ['nothing is the empty string', undefined, '""'],
    ['fields that are undefined are left out', { a: undefined, b: 1, c: undefined }, '{"b":1}'],
    ['an object of undefined fields only', { a: undefined }, '{}'],
    ['a Date', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['a URL, by its toJSON', new URL('http://a/b'), '"http:\\/\\/a\\/b"'],
    [
      'toJSON is told its key and called once',
      { k: { toJSON: (key: string) => ({ key, toJSON: 1 }) } },
      '{"k":{"key":"k","toJSON":1}}',
    ],
    [
      'a class instance with fields',
      new (class {
        a = 1
      })(),
      '{"a":1}',
    ],
    ['an object without prototype', Object.create(null), '{}'],
    ['an object of another realm', runInNewContext('({a: [{}]})'), '{"a":[{}]}'],
    ['boxed primitives', [Object(1), Object('a'), Object(false), Object(5n)], '[1,"a",false,5]'],
    ['minus zero', [-0, 0], '[-0,0]'],
    ['BigInts', [-(2n ** 63n), 2n ** 63n - 1n, 0n], '[-9223372036854775808,9223372036854775807,0]'],
    ['integer-like keys in the order of JavaScript', { b: 1, 10: 2, 2: 3 }, '{"2":3,"10":2,"b":1}'],
    ['one object in two places', ((same) => [same, same])({ a: 1 }), '[{"a":1},{"a":1}]'],
    ['symbol keys are left out', { [Symbol('x')]: 1 }, '{}'],
  ])('%s', (_name, data, text) => {
    expect(encodeData(data)).toBe(text)
  })

  it('an error of a getter reaches the caller as it is', () => {
    const broken = {
      get a() {
        throw new RangeError('mine')
      },
    }
    expect(() => encodeData(broken)).toThrow(new RangeError('mine'))
  })
})
