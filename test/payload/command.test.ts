import { describe, expect, it, test } from 'vitest'
import { MalformedPayload } from '../../src/contract/errors.ts'
import { parsePhpObject } from '../../src/payload/php-object.ts'
import { decodePayload, encodeData, jobNameOf } from '../../src/payload.ts'
import { type Push, phpFixture, seeded, textOf } from './fixtures.ts'

const pushed = phpFixture<{ cases: Push[] }>('push_redis').cases
const payloadOf = (name: string) => textOf(pushed.find((push) => push.name === name)!.redis![0]!.members[0]!)

/** What PHP pushes for an object of class `app\A` whose serialize() is this. */
const objectJob = (command: string, commandName = 'app\\A') =>
  `{"job":"think\\\\queue\\\\CallQueuedHandler@call","data":${encodeData({ commandName, command })},"id":"x","attempts":1}`
/** An `app\A` with one property `p`. */
const holding = (value: string) => `O:5:"app\\A":1:{s:1:"p";${value}}`
const propertyOf = (value: string) => parsePhpObject(holding(value), 'bigint').properties.p

describe('an object that PHP pushed is a job of its class, given the properties', () => {
  const mail = { to: 'x@y.z', subject: '你好', secret: 's/1', throw: false }
  it.each([
    ['object_push', 'app\\obj\\SendMail', { ...mail, queue: null, delay: null }],
    ['object_push_own_queue_delay', 'app\\obj\\SendMail', { ...mail, queue: 'own', delay: 9 }],
    ['object_later', 'app\\obj\\SendMail', { ...mail, queue: null, delay: null }],
    ['plain_object_no_interface', 'ArrayObject', { 0: 0, 1: [1, 2], 2: [], 3: null }],
  ])('%s', (name, job, data) => {
    const payload = decodePayload(payloadOf(name), 'bigint')
    expect(payload).toMatchObject({ job, attempts: 1 })
    expect(payload.data).toEqual(data)
    expect(jobNameOf(payloadOf(name))).toBe(job)
  })

  it('under any capitals of the handler, as PHP calls it', () => {
    const body = objectJob(holding('N;')).replace('think', 'Think')
    expect(decodePayload(body, 'bigint')).toMatchObject({ job: 'app\\A', data: { p: null } })
  })
})

describe('values', () => {
  test.each<[string, unknown]>([
    ['N;', null],
    ['b:0;', false],
    ['b:1;', true],
    ['i:-7;', -7],
    ['i:9007199254740991;', 9007199254740991],
    ['i:9007199254740993;', 9007199254740993n],
    ['i:-9223372036854775808;', -9223372036854775808n],
    ['d:0.1;', 0.1],
    ['d:1.0E+25;', 1e25],
    ['d:5;', 5],
    ['d:-0;', -0],
    ['d:9007199254740993;', 9007199254740992],
    ['d:INF;', Infinity],
    ['d:-INF;', -Infinity],
    ['d:NAN;', NaN],
    ['s:0:"";', ''],
    ['s:9:"a"b;c}你";', 'a"b;c}你'],
    ['s:4:"😀";', '😀'],
    ['s:3:"\ufeff";', '\ufeff'],
    ['a:0:{}', []],
    ['a:2:{i:0;s:1:"a";i:1;a:1:{i:0;i:1;}}', ['a', [1]]],
    ['a:2:{i:1;s:1:"a";i:0;s:1:"b";}', { 0: 'b', 1: 'a' }],
    ['a:2:{i:0;i:1;i:2;i:3;}', { 0: 1, 2: 3 }],
    ['a:2:{i:-1;i:1;s:1:"k";i:2;}', { '-1': 1, k: 2 }],
    ['a:1:{i:9007199254740993;i:1;}', { '9007199254740993': 1 }],
    ['O:8:"stdClass":1:{s:1:"a";i:1;}', { a: 1 }],
    [
      'O:8:"DateTime":2:{s:4:"date";s:1:"d";s:13:"timezone_type";i:3;}',
      { __class: 'DateTime', date: 'd', timezone_type: 3 },
    ],
    ['O:1:"B":1:{s:7:"__class";s:3:"own";}', { __class: 'own' }],
    ['E:11:"Suit:Hearts";', { __class: 'Suit', name: 'Hearts' }],
  ])('%s', (text, value) => {
    expect(propertyOf(text)).toEqual(value)
  })

  test('big integers are texts on request', () => {
    expect(parsePhpObject(holding('i:9007199254740993;'), 'string').properties.p).toBe('9007199254740993')
  })
})

describe('properties', () => {
  const secret = (owner: string, value: string) => `s:${owner.length + 3}:"\0${owner}\0x";s:1:"${value}";`

  test('private and protected ones have their plain names, also in objects inside', () => {
    const inner = `O:1:"B":2:{${secret('B', 'b')}s:4:"\0*\0y";i:2;}`
    expect(propertyOf(inner)).toEqual({ __class: 'B', x: 'b', y: 2 })
  })

  test('what a parent class keeps private is named after it when the name is taken', () => {
    const { properties } = parsePhpObject(
      `O:5:"app\\A":2:{${secret('P', 'p')}${secret('app\\A', 'a')}}`,
      'bigint',
    )
    expect(properties).toEqual({ x: 'a', 'P::x': 'p' })
    expect(parsePhpObject(`O:5:"app\\A":1:{${secret('P', 'p')}}`, 'bigint').properties).toEqual({ x: 'p' })
  })

  test('__proto__ and constructor are ordinary keys', () => {
    const hostile = 'a:2:{s:9:"__proto__";a:1:{s:8:"polluted";b:1;}s:11:"constructor";i:1;}'
    const value = propertyOf(hostile) as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    const { properties } = parsePhpObject('O:5:"app\\A":1:{s:9:"__proto__";O:1:"B":0:{}}', 'bigint')
    expect(Object.keys(properties)).toEqual(['__proto__'])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('references', () => {
  const properties = (text: string) => parsePhpObject(`O:5:"app\\A":${text}`, 'bigint').properties

  test('the same object twice is the same object', () => {
    // serialize() of an object with $a = $b = new B, then a list whose second item is a reference to the first.
    const { a, b, c } = properties(
      '3:{s:1:"a";O:1:"B":1:{s:1:"n";i:1;}s:1:"b";r:2;s:1:"c";a:3:{i:0;i:7;i:1;R:6;i:2;r:2;}}',
    )
    expect(a).toEqual({ __class: 'B', n: 1 })
    expect(b).toBe(a)
    expect(c).toEqual([7, 7, a])
  })

  test('an object may hold itself', () => {
    const self = properties('1:{s:4:"self";r:1;}')
    expect(self.self).toBe(self)
  })

  test('a thousand references to one object are one object', () => {
    const many = Array.from({ length: 1000 }, (_, n) => `i:${n};r:2;`).join('')
    const { b, all } = properties(`2:{s:1:"b";O:1:"B":0:{}s:3:"all";a:1000:{${many}}}`)
    expect(new Set(all as unknown[])).toEqual(new Set([b]))
  })
})

describe('what is no such object is refused with the reason, never with the data', () => {
  const deep = (levels: number) => `${'a:1:{i:0;'.repeat(levels)}N;${'}'.repeat(levels)}`
  it.each<[string, string, RegExp]>([
    ['nothing', '', /no object begins/],
    ['a list', 'a:0:{}', /no object begins/],
    ['half an object', holding('N;').slice(0, -3), /no kind that PHP writes|missing/],
    ['something after it', `${holding('N;')}i:1;`, /something follows/],
    ['a length that is too short', holding('s:2:"canary";'), /another length/],
    ['a length that is too long', holding('s:60:"canary";'), /another length/],
    ['a length inside a character', holding('s:1:"你";'), /another length/],
    ['a length beyond any text', holding('s:999999999:"canary";'), /another length/],
    ['a length beyond any number', holding(`s:${'9'.repeat(400)}:"canary";`), /number or length/],
    ['a negative length', holding('s:-5:"canary";'), /number or length/],
    ['more items than there are', holding('a:999999999:{i:0;N;}'), /neither text nor integer/],
    ['fewer items than there are', holding('a:1:{i:0;N;i:1;N;}'), /"}" is missing/],
    ['a key that is an array', holding('a:1:{a:0:{}N;}'), /neither text nor integer/],
    ['an integer that is none', holding('i:1.5;'), /number or length/],
    ['an integer of 20 digits', holding('i:99999999999999999999;'), /number or length/],
    ['a boolean that is none', holding('b:2;'), /number or length/],
    ['a float that is none', holding('d:canary;'), /number or length/],
    ['a format of the class itself', holding('C:1:"B":6:{canary}'), /format of its own/],
    ['an unknown kind', holding('x:canary;'), /no kind that PHP writes/],
    ['an enum without its case', holding('E:6:"canary";'), /without its case/],
    ['a reference to nothing', holding('r:3;'), /reference to nothing/],
    ['a reference to what comes later', holding('R:2;'), /reference to nothing/],
    ['a reference to no number', holding('r:0;'), /number or length/],
    ['an array inside itself', holding('a:1:{i:0;R:2;}'), /contains itself/],
    ['600 nested arrays', holding(deep(600)), /512 levels/],
    ['100,000 nested arrays', holding(deep(100_000)), /512 levels/],
    ['an object of another class than was said', 'O:5:"app\\B":0:{}', /not the class of its object/],
  ])('%s', (_what, command, reason) => {
    const decode = () => decodePayload(objectJob(command), 'bigint')
    expect(decode).toThrow(MalformedPayload)
    expect(decode).toThrow(reason)
    expect(decode).not.toThrow(/canary/)
  })

  it.each([
    ['no command', '{"commandName":"app\\\\A"}'],
    ['no name', '{"command":"O:1:\\"B\\":0:{}"}'],
    ['a name that is none', '{"commandName":["app\\\\A"],"command":""}'],
    ['no data', 'null'],
    ['a text', '"commandName"'],
  ])('%s', (_what, data) => {
    const body = `{"job":"think\\\\queue\\\\CallQueuedHandler@call","data":${data},"id":"x","attempts":1}`
    expect(() => decodePayload(body, 'bigint')).toThrow(
      'an object job of PHP without "commandName" and "command"',
    )
  })

  it('half of a surrogate pair', () => {
    const body = objectJob(holding('s:3:"X";')).replace('X', '\\ud800')
    expect(() => decodePayload(body, 'bigint')).toThrow(/half of a surrogate pair/)
  })

  it('and any text that was damaged is either read or refused, and never anything else', () => {
    const random = seeded(7)
    const { command } = (JSON.parse(payloadOf('object_push')) as { data: { command: string } }).data
    for (let round = 0; round < 5_000; round++) {
      const at = Math.floor(random() * command.length)
      const put = '0123456789:;"{}asiObdNRrEC\0'[Math.floor(random() * 27)]!
      const damaged = command.slice(0, at) + put + command.slice(at + Math.floor(random() * 3))
      try {
        parsePhpObject(damaged, 'bigint')
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedPayload)
      }
    }
  })
})
