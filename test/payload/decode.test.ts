import { describe, expect, it } from 'vitest'
import { MalformedPayload } from '../../src/contract/errors.ts'
import { decodePayload, jobNameOf } from '../../src/payload.ts'
import { nested, type Push, phpFixture, textOf } from './fixtures.ts'

const member = (data: string) => `{"job":"J","data":${data},"id":"x","attempts":1}`

describe('a payload that cannot be run is refused with the reason', () => {
  it.each<[string, string, RegExp]>([
    ['empty', '', /^empty$/],
    ['cut off', '{"job":"Job1",', /not JSON/],
    ['wrong inside', '{"job":"Job1","data":nope}', /not JSON/],
    ['a scalar', '5', /a number, where an object/],
    ['a string', '"x"', /a string/],
    ['null', 'null', /null, where/],
    ['an array', '[{"job":"J","data":1}]', /an array/],
    ['no job, as PHP stores data nested too deep', '{"id":"x","attempts":1}', /no "job".*nested too deep/],
    ['a job that is no string', '{"job":{"a":1},"data":1}', /"job" is an object/],
    ['an empty job', '{"job":"","data":1}', /"job" is empty/],
    ['no data', '{"job":"J"}', /no "data"/],
    ['job and data only behind __proto__', '{"__proto__":{"job":"J","data":1}}', /no "job"/],
    ['an id of the wrong kind', '{"job":"J","data":1,"id":{}}', /"id" is an object/],
    ['attempts in a string', '{"job":"J","data":1,"id":"x","attempts":"1"}', /"attempts" is a string/],
    ['attempts beyond 2^53', '{"job":"J","data":1,"id":"x","attempts":9223372036854775807}', /"attempts"/],
    ['half of a surrogate pair', member('["\\ud83d\\ude00", {"a":"x\\uDC00"}]'), /half of a surrogate pair/],
    ['half of a surrogate pair in a key', member('{"\\ud800\\n":1}'), /half of a surrogate pair/],
    ['a byte-order mark', `\ufeff${member('1')}`, /byte-order mark/],
    ['1,000 nested arrays', member('['.repeat(1000) + ']'.repeat(1000)), /512 levels/],
    ['100,000 nested objects', member('{"a":'.repeat(100_000) + 1 + '}'.repeat(100_000)), /512 levels/],
    [
      'Laravel',
      '{"uuid":"u","displayName":"App\\\\J","job":"Illuminate\\\\Queue\\\\CallQueuedHandler@call","maxTries":null,"timeout":null,"data":{"commandName":"App\\\\J","command":"O:5"},"id":"x","attempts":0}',
      /Laravel/,
    ],
    [
      'old Laravel',
      '{"job":"Illuminate\\\\Queue\\\\CallQueuedHandler@call","data":{"commandName":"x","command":"O"},"id":"x","attempts":1}',
      /Laravel/,
    ],
    [
      'think-queue 3',
      '{"job":"Job1","maxTries":null,"timeout":null,"data":{"a":1},"id":"v3","attempts":0}',
      /think-queue 3/,
    ],
    ['think-queue 3 by maxTries alone', '{"job":"Job1","data":1,"maxTries":3}', /think-queue 3/],
    ['think-queue 3 by timeout alone', '{"job":"Job1","data":1,"timeout":60}', /think-queue 3/],
  ])('%s', (_name, body, reason) => {
    const decode = () => decodePayload(body, 'bigint')
    expect(decode).toThrow(MalformedPayload)
    expect(decode).toThrow(reason)
  })

  it('never quotes the data, which may be secret', () => {
    const body = '{"job":"J","data":{"card":"canary"},"id":canary}'
    try {
      decodePayload(body, 'bigint')
      expect.unreachable()
    } catch (error) {
      expect(String((error as Error).stack) + String((error as Error).cause)).not.toContain('canary')
    }
  })
})

describe('what PHP wrote is read', () => {
  const stored = [
    ...phpFixture<{ cases: Push[] }>('push_mysql').cases.flatMap(
      (push) => push.rows?.map((row) => row.payload) ?? [],
    ),
    ...phpFixture<{ cases: Push[] }>('push_redis').cases.flatMap(
      (push) => push.redis?.flatMap((key) => key.members) ?? [],
    ),
  ].map(textOf)

  it('every stored payload but the one without a job', () => {
    const refused = stored.filter((body) => {
      try {
        return decodePayload(body, 'bigint').job === ''
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedPayload)
        return true
      }
    })
    expect(stored.length).toBeGreaterThan(100)
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatch(/^\{"id":"\w{32}","attempts":1\}$/)
  })

  it('512 levels, which PHP writes on MySQL', () => {
    expect(decodePayload(`{"job":"J","data":${JSON.stringify(nested(511))}}`, 'bigint').data).toEqual(
      nested(511),
    )
    expect(() => decodePayload(`{"job":"J","data":${JSON.stringify(nested(512))}}`, 'bigint')).toThrow(
      /512 levels/,
    )
  })

  it('whole surrogate pairs, and texts that only look like halves', () => {
    const data = ['😀', '\\ud800', '\\\\udfff\\', 'ud800']
    expect(decodePayload(member(JSON.stringify([...data, '\\ud83d\\ude00'])), 'bigint').data).toHaveLength(5)
    expect(decodePayload(member('"\\ud83d\\ude00 \\\\ud800"'), 'bigint').data).toBe('😀 \\ud800')
  })

  it('brackets inside strings nest nothing', () => {
    expect(decodePayload(member(JSON.stringify('[{"\\'.repeat(2000))), 'bigint').data).toHaveLength(8000)
  })

  it('an id that is a number, an extra key, and an extra key PHP emptied', () => {
    expect(decodePayload('{"job":"J","data":null,"thinkq":{"n":2},"id":7,"attempts":3}', 'bigint')).toEqual({
      job: 'J',
      data: null,
      thinkq: { n: 2 },
      id: '7',
      attempts: 3,
    })
    expect(decodePayload('{"job":"J","data":0,"thinkq":[]}', 'bigint')).toEqual({ job: 'J', data: 0 })
  })
})

describe('integers beyond 2^53', () => {
  const data =
    '{"max":9223372036854775807, "min":-9223372036854775808,"2p53":[9007199254740992,9007199254740991,-9007199254740993],"f":1234567890123456.5,"e":12345678901234567e2,"s":"id:9223372036854775807,\\"n\\":9223372036854775807","9223372036854775807":1}'

  it('become BigInt, and everything else is left as it was', () => {
    expect(decodePayload(member(data), 'bigint').data).toEqual({
      max: 9223372036854775807n,
      min: -9223372036854775808n,
      '2p53': [9007199254740992n, 9007199254740991, -9007199254740993n],
      f: 1234567890123456.5,
      e: Number('12345678901234567e2'),
      s: 'id:9223372036854775807,"n":9223372036854775807',
      '9223372036854775807': 1,
    })
  })

  it('become strings on request', () => {
    expect(decodePayload(member('[9223372036854775807,-9007199254740993,1]'), 'string').data).toEqual([
      '9223372036854775807',
      '-9007199254740993',
      1,
    ])
  })

  it('are found directly after the colon, a bracket, a comma or a space', () => {
    for (const text of [
      '9007199254740993',
      '[9007199254740993]',
      '[1,9007199254740993]',
      '[1, 9007199254740993 ]',
    ]) {
      expect(JSON.stringify(decodePayload(member(text), 'string').data)).toContain('"9007199254740993"')
    }
  })

  it('do not make invalid JSON valid', () => {
    for (const text of [
      '09007199254740993',
      '{9007199254740993:1}',
      '9007199254740993x',
      '--9007199254740993',
    ]) {
      expect(() => decodePayload(member(text), 'bigint')).toThrow(MalformedPayload)
    }
  })
})

it.each(['1', '9007199254740993'])('__proto__ stays a key of the data, beside %s', (number) => {
  const body = member(`{"__proto__":{"polluted":${number}},"constructor":{"prototype":{"polluted":1}}}`)
  const data = decodePayload(body, 'string').data as object
  expect(Object.keys(data)).toEqual(['__proto__', 'constructor'])
  expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

describe('jobNameOf', () => {
  it.each<[string, string | null]>([
    ['{"job":"app\\\\job\\/A","data":1}', 'app\\job/A'],
    ['{"job":"Job1","data":', 'Job1'],
    ['\ufeff{ "job" : "Job1"}', 'Job1'],
    ['{"data":{"job":"inner"},"job":"outer"}', 'outer'],
    ['{"job":5}', null],
    ['{"job":"\\x"', null],
    ['null', null],
    ['', null],
    [`{"job":"${'j'.repeat(10_000)}"}`, 'j'.repeat(255)],
  ])('%j', (body, name) => {
    expect(jobNameOf(body)).toBe(name)
  })
})
