import { describe, expect, it } from 'vitest'
import { ConfigError, PayloadError } from '../../src/contract/errors.ts'
import { checkQueueName, checkSize, encodeData, encodePayload, jobId, jobIdTime } from '../../src/payload.ts'

const parts = { job: 'shop/Email@welcome', data: '{"a":1}', id: 'x1' }

describe('encodePayload', () => {
  it('puts our extra key between data and id on the member wire, and last on the row wire', () => {
    const thinkq = { n: 1, trace: 'ü' }
    expect(encodePayload('member', { ...parts, thinkq })).toBe(
      '{"job":"shop\\/Email@welcome","data":{"a":1},"thinkq":{"n":1,"trace":"\\u00fc"},"id":"x1","attempts":1}',
    )
    expect(encodePayload('row', { ...parts, thinkq })).toBe(
      '{"job":"shop\\/Email@welcome","data":{"a":1},"thinkq":{"n":1,"trace":"\\u00fc"}}',
    )
  })

  it('leaves the extra key out when it says nothing', () => {
    expect(encodePayload('row', { ...parts, thinkq: {} })).toBe(
      '{"job":"shop\\/Email@welcome","data":{"a":1}}',
    )
  })

  it.each<[string, Partial<typeof parts> & { thinkq?: Record<string, unknown> }, string]>([
    ['an empty job name', { job: '' }, 'job'],
    ['NUL in a job name', { job: 'a\0b' }, 'job'],
    ['half a surrogate pair in a job name', { job: 'a\udfff' }, 'job'],
    ['an empty id', { id: '' }, 'id'],
    ['an unfit extra key', { thinkq: { lost: Number.NaN } }, 'thinkq.lost'],
  ])('refuses %s', (_name, wrong, path) => {
    const encode = () => encodePayload('member', { ...parts, ...wrong })
    expect(encode).toThrow(PayloadError)
    expect(encode).toThrow(`${path}: `)
  })
})

describe('checkSize', () => {
  it('lets a payload of exactly the limit pass and names both sizes of one that is longer', () => {
    const body = encodePayload('row', { ...parts, data: encodeData('x'.repeat(500)) })
    expect(() => checkSize(body, body.length)).not.toThrow()
    expect(() => checkSize(body, body.length - 1)).toThrow(
      new RegExp(`^payload: ${body.length} bytes.* ${body.length - 1} bytes$`),
    )
  })

  it('counts bytes where a stored text is not ASCII', () => {
    expect(() => checkSize('中'.repeat(10), 29)).toThrow(PayloadError)
    expect(() => checkSize('中'.repeat(10), 30)).not.toThrow()
  })
})

describe('checkQueueName', () => {
  it.each(['default', 'a b', '队列 1', 'high:low', 'reserved', 'it\'s $(x) %n "q"', 'q'.repeat(255)])(
    'accepts %j',
    (name) => {
      expect(checkQueueName(name)).toBe(name)
    },
  )

  it.each([
    ['', /empty/],
    ['a,b', /comma/],
    ['high:reserved', /":reserved"/],
    ['x:delayed', /":delayed"/],
    ['x:failed', /":failed"/],
    ['x:notify', /":notify"/],
    ['x:tokens', /":tokens"/],
    ['a\nb', /control/],
    ['a\0', /control/],
    ['a\x7f', /control/],
    ['a\ud800', /surrogate/],
    ['q'.repeat(256), /256 bytes/],
    ['中'.repeat(86), /258 bytes/],
    ['q'.repeat(10_240), /10240 bytes/],
  ])('refuses %j', (name, problem) => {
    expect(() => checkQueueName(name)).toThrow(ConfigError)
    expect(() => checkQueueName(name)).toThrow(problem)
  })
})

describe('job ids', () => {
  it('are 32 characters PHP would use, unlike each other, and say when they were made', () => {
    const now = 1_795_364_592_123
    const ids = new Set(Array.from({ length: 20_000 }, () => jobId(now)))
    expect(ids.size).toBe(20_000)
    for (const id of ids) {
      if (!/^tq[0-9A-Za-z]{30}$/.test(id)) expect.fail(id)
      if (jobIdTime(id) !== now) expect.fail(id)
    }
  })

  it('sort by time, whatever the time', () => {
    const times = [0, 1, 61, 62, 1_577_836_800_000, 1_795_364_592_123, 1_795_364_592_124, 4_102_444_800_000]
    const ids = times.map(jobId)
    expect([...ids].sort()).toEqual(ids)
    expect(ids.map(jobIdTime)).toEqual(times)
  })

  it('use every digit equally often', () => {
    const counts = new Map<string, number>()
    for (let n = 0; n < 20_000; n++) {
      for (const digit of jobId(1).slice(10)) counts.set(digit, (counts.get(digit) ?? 0) + 1)
    }
    const mean = (20_000 * 22) / 62
    expect(counts.size).toBe(62)
    for (const count of counts.values()) expect(Math.abs(count - mean) / mean).toBeLessThan(0.1)
  })

  it.each([
    '',
    'tq',
    'nFzePsIUlERLaWoObxJUTCNPMlLZDCcv',
    'tqzePsIUlERLaWoObxJUTCNPMlLZDCcv',
    `tq0${'a'.repeat(30)}`,
  ])('of others have no time: %j', (id) => {
    expect(jobIdTime(id)).toBeNull()
  })
})
