import { describe, expect, it } from 'vitest'
import { MalformedPayload, PayloadError } from '../../src/contract/errors.ts'
import { decodePayload, encodePayload, patchAttempts, patchExtra } from '../../src/payload.ts'
import { type Bytes, phpFixture, textOf } from './fixtures.ts'

interface Rewrite {
  readonly name: string
  readonly in: Bytes
  readonly release: { readonly delayed_member: Bytes | null }
}
const { cases } = phpFixture<{ cases: Rewrite[] }>('rewrite_redis')

/** What PHP changes besides the digits when it rewrites; everything else it leaves as a pure patch would. */
const phpAlters: Readonly<Record<string, string>> = {
  node_style_unescaped: 'escapes',
  node_emoji: 'escapes',
  whitespace: 'drops white space',
  empty_objects: '{} becomes []',
  data_empty_object: '{} becomes []',
  object_keys_0_1: 'a map becomes a list',
  dup_keys: 'drops a doubled key',
  extra_fields: '{} becomes []',
  int_beyond_int64: 'becomes a float',
  float_zero_fraction: '1.0 becomes 1',
  neg_zero_int: '-0 becomes 0',
  float_forms: 'writes floats its own way',
  line_separators: 'escapes',
  upper_hex: 'lower-cases',
  control: 'unescapes U+007F',
}
const noDigits = ['attempts_missing', 'attempts_string', 'attempts_float', 'attempts_null']
const unreadable = ['invalid_json', 'scalar_json', 'bom']
/** PHP cannot rewrite these at all. */
const phpFails = ['float_huge', 'lone_surrogate', 'invalid_utf8']

describe('raising the attempts of the payloads PHP was given', () => {
  it.each(cases.filter(({ name }) => ![...noDigits, ...unreadable].includes(name)))(
    '$name: only the digits change',
    (rewrite) => {
      const before = textOf(rewrite.in)
      const after = patchAttempts(before, 2)
      expect(after).toBe(before.replace(/("attempts": ?)1/, '$12'))
      if (phpFails.includes(rewrite.name)) expect(rewrite.release.delayed_member).toBeNull()
      else if (rewrite.name in phpAlters) expect(textOf(rewrite.release.delayed_member!)).not.toBe(after)
      else expect(textOf(rewrite.release.delayed_member!)).toBe(after)
    },
  )

  it.each(cases.filter(({ name }) => [...noDigits, ...unreadable].includes(name)))(
    '$name: refused',
    (rewrite) => {
      expect(() => patchAttempts(textOf(rewrite.in), 2)).toThrow(MalformedPayload)
    },
  )
})

describe('patchAttempts', () => {
  it.each<[string, string, string]>([
    [
      'a string that looks like it',
      '{"job":"J","data":"\\",\\"attempts\\":5}","id":"x","attempts":1}',
      '{"job":"J","data":"\\",\\"attempts\\":5}","id":"x","attempts":12}',
    ],
    ['a string ending in a back-slash', '{"a":"\\\\","attempts":1}', '{"a":"\\\\","attempts":12}'],
    [
      'a nested key',
      '{"data":{"attempts":5,"x":[{"attempts":6}]},"attempts":9}',
      '{"data":{"attempts":5,"x":[{"attempts":6}]},"attempts":12}',
    ],
    [
      'a nested key after it',
      '{"attempts":9,"data":{"attempts":5}}',
      '{"attempts":12,"data":{"attempts":5}}',
    ],
    ['white space', ' {\n"attempts"\t:\r 99 , "x" : [ ] } ', ' {\n"attempts"\t:\r 12 , "x" : [ ] } '],
    ['an escaped key', '{"\\u0061ttempts":1}', '{"\\u0061ttempts":12}'],
    ['the last of two, which readers take', '{"attempts":1,"attempts":2}', '{"attempts":1,"attempts":12}'],
  ])('%s', (_name, before, after) => {
    expect(patchAttempts(before, 12)).toBe(after)
    expect((JSON.parse(after) as { attempts: number }).attempts).toBe(12)
  })

  it('keeps snowflake ids, integer-like keys and escapes', () => {
    const body = '{"job":"a\\/b","data":{"10":[],"2":{},"id":1307757455438833951},"id":"x","attempts":1}'
    expect(patchAttempts(body, 2)).toBe(body.replace('"attempts":1', '"attempts":2'))
  })

  it.each([
    '',
    '{',
    '{}',
    '[]',
    'null',
    '{"attempts"',
    '{"attempts":',
    '{"attempts":1',
    '{"attempts":-1}',
    '{"attempts":1e2}',
    '{"data":{"attempts":1}}',
    '{"data":"x,"attempts":1}',
    '{"data":[[}',
    '{,}',
  ])('refuses %j', (body) => {
    expect(() => patchAttempts(body, 2)).toThrow(MalformedPayload)
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses to write %d attempts', (attempts) => {
    expect(() => patchAttempts('{"attempts":1}', attempts)).toThrow(PayloadError)
  })
})

describe('patchExtra', () => {
  const parts = { job: 'J', data: '{"thinkq":{"n":9},"id":1}', id: 'x' }

  it.each(['member', 'row'] as const)('sets the key where encodePayload puts it: %s', (wire) => {
    const patched = patchExtra(encodePayload(wire, parts), { n: 1 })
    expect(patched).toBe(encodePayload(wire, { ...parts, thinkq: { n: 1 } }))
    expect(patchExtra(patched, { n: 2, lost: 1 })).toBe(
      encodePayload(wire, { ...parts, thinkq: { n: 2, lost: 1 } }),
    )
    expect(decodePayload(patched, 'bigint').thinkq).toEqual({ n: 1 })
  })

  it('keeps every other byte', () => {
    const body = '{ "job": "J",\n "data": [ 1.0 , "中\\/" ] , "id": "x", "attempts": 1 }'
    expect(patchExtra(body, { n: 1 })).toBe(body.replace(' ] ,', ' ],"thinkq":{"n":1} ,'))
  })

  it('refuses what has no data, and what cannot be written', () => {
    expect(() => patchExtra('{"job":"J"}', { n: 1 })).toThrow(MalformedPayload)
    expect(() => patchExtra('{"data":1}', { n: new Map() })).toThrow('thinkq.n: ')
  })
})
