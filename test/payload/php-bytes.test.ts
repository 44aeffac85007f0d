import { describe, expect, it } from 'vitest'
import { decodePayload, encodeData, encodePayload } from '../../src/payload.ts'
import { type Push, phpFixture, textOf } from './fixtures.ts'
import { dataByCase, phpOnly, redisAlters } from './pushes.ts'

const onMysql = phpFixture<{ cases: Push[] }>('push_mysql').cases
const onRedis = phpFixture<{ cases: Push[] }>('push_redis').cases

/** A PHP string literal in single quotes, or the object whose job PHP names itself. */
function jobOf(push: Push): string {
  const literal = /^'(.*)'$/.exec(push.call.job_php)?.[1]
  return literal === undefined ? 'think\\queue\\CallQueuedHandler@call' : literal.replaceAll('\\\\', '\\')
}

describe('every recorded push of PHP is either said in JavaScript or listed with the reason why not', () => {
  it.each([
    ['MySQL', onMysql],
    ['Redis', onRedis],
  ])('%s', (_store, cases) => {
    const names = cases.map((push) => push.name)
    expect(names).toHaveLength(57)
    expect([...Object.keys(dataByCase), ...Object.keys(phpOnly)].sort()).toEqual([...names].sort())
    for (const [name, reason] of Object.entries({ ...phpOnly, ...redisAlters }))
      console.info(`${name}: ${reason}`)
  })
})

describe('a row payload has the bytes PHP stores in MySQL', () => {
  it.each(onMysql.filter((push) => push.name in dataByCase))('$name', (push) => {
    const data = encodeData(dataByCase[push.name])
    expect(encodePayload('row', { job: jobOf(push), data, id: 'unused' })).toBe(
      textOf(push.rows![0]!.payload),
    )
  })
})

describe('a member payload has the bytes PHP stores in Redis', () => {
  it.each(onRedis.filter((push) => push.name in dataByCase))('$name', (push) => {
    const stored = textOf(push.redis![0]!.members[0]!)
    const { id = '' } = decodePayload(stored, 'bigint')
    const ours = encodePayload('member', { job: jobOf(push), data: encodeData(dataByCase[push.name]), id })
    expect(id).toMatch(/^[0-9A-Za-z]{32}$/)
    if (push.name in redisAlters) expect(ours).not.toBe(stored)
    else expect(ours).toBe(stored)
  })
})

it('every one of 1200 floats is written as PHP writes it, by its IEEE bits', () => {
  const { cases } = phpFixture<{ cases: [string, string][] }>('php_floats')
  expect(cases).toHaveLength(1200)
  const wrong = cases.filter(([bits, text]) => encodeData(floatOf(bits)) !== text)
  expect(wrong).toEqual([])
  const integers = cases.filter(([bits]) => Number.isSafeInteger(floatOf(bits))).length
  console.info(
    `${integers} of the floats are safe integers here and written as digits, which is what PHP writes too`,
  )
})

function floatOf(bits: string): number {
  return Buffer.from(bits, 'hex').readDoubleBE()
}

it('every recorded string is escaped as PHP escapes it', () => {
  const { cases } = phpFixture<{ cases: [string, string][] }>('php_strings')
  const wrong = cases.filter(([base64, text]) => encodeData(textOf({ base64 })) !== text)
  expect(cases.length).toBeGreaterThan(300)
  expect(wrong).toEqual([])
})

it('every code unit is escaped or left raw as PHP does', () => {
  expect(encodeData('\x7f\x80ÿĀ/')).toBe('"\x7f\\u0080\\u00ff\\u0100\\/"')
  const text = encodeData(Array.from({ length: 0xd800 }, (_, unit) => String.fromCharCode(unit)).join(''))
  expect(text).toMatch(/^[\x20-\x7f]*$/)
  expect(JSON.parse(text)).toHaveLength(0xd800)
})
