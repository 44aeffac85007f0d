import { describe, expect, test } from 'vitest'
import { type RedisConnectorOptions, redisTarget } from '../../../src/connectors/redis/options.ts'
import { ConfigError } from '../../../src/contract/errors.ts'

const target = (options: object) => redisTarget(options as RedisConnectorOptions, 'main')

function problem(options: object): string {
  try {
    target(options)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('was not refused')
}

test('the options of think-queue mean the usual server: empty is not set, 0 is the default', () => {
  const seed = {
    ...{ host: '127.0.0.1', port: 6379, password: '', select: 0, timeout: 0, persistent: false },
    ...{ username: null, prefix: '', breakReconnect: true },
  }
  expect(target(seed)).toEqual({
    ...{ kind: 'single', db: 0, prefix: '', tagged: false, connectMs: 10_000, waits: true },
    addresses: [{ host: '127.0.0.1', port: 6379 }],
  })
  expect(target({})).toEqual(target(seed))
  expect(target({ port: 0, host: '' })).toEqual(target(seed))
  expect(target({ timeout: 2.5, select: 4, breakReconnect: false })).toMatchObject({
    ...{ connectMs: 2_500, db: 4, waits: false },
  })
})

describe('url', () => {
  const cases: [string, object][] = [
    ['redis://r.example', { addresses: [{ host: 'r.example', port: 6379 }], db: 0 }],
    ['redis://r.example:7000/5', { addresses: [{ host: 'r.example', port: 7000 }], db: 5 }],
    ['redis://r.example/?db=6', { db: 6 }],
    ['redis://:p%40ss%2F@h', { password: 'p@ss/' }],
    ['redis://us%3Aer:secret@h', { username: 'us:er', password: 'secret' }],
    ['redis://[::1]:7000', { addresses: [{ host: '::1', port: 7000 }] }],
    ['rediss://h', { tls: {} }],
    ['unix:/run/redis.sock', { path: '/run/redis.sock', db: 0 }],
    ['unix:///run/redis.sock?db=2', { path: '/run/redis.sock', db: 2 }],
    ['redis+unix://:secret@/run/redis.sock', { path: '/run/redis.sock', password: 'secret' }],
    ['/run/redis.sock', { path: '/run/redis.sock' }],
  ]
  for (const [url, expected] of cases)
    test(`${url} is read`, () => {
      expect(target({ url })).toMatchObject(expected)
    })

  test('it stands beside the defaults of think-queue, and beside what says the same', () => {
    const options = { url: 'redis://u:p@h:7/3', password: 'p', username: 'u', select: 3, host: 'h', port: 7 }
    expect(target(options)).toEqual(target({ url: options.url }))
    const seed = { host: '127.0.0.1', port: 6379, password: '', select: 0 }
    expect(target({ ...seed, url: 'redis://:p@h:7/3' })).toEqual(target({ url: 'redis://:p@h:7/3' }))
  })

  test('what contradicts it is refused by name', () => {
    expect(problem({ url: 'redis://h', host: 'other' })).toMatch(/connection "main": url and host/)
    expect(problem({ url: 'redis://h', port: 7000 })).toMatch(/url and port/)
    expect(problem({ url: 'redis://h/1', select: 2 })).toMatch(/database 1 and select 2/)
    expect(problem({ url: 'redis://u:a@h', username: 'v' })).toMatch(/url and username/)
    expect(problem({ url: 'rediss://h', tls: false })).toMatch(/rediss/)
    expect(problem({ url: 'redis://h/1?db=2' })).toMatch(/two databases/)
  })

  test('nonsense is refused, and nothing of it is shown', () => {
    for (const url of [
      ...['http://u:canary@h', 'redis://u:canary#x@h', 'redis://u:canary%@h', 'redis://:canary@', 'canary'],
      ...['redis://u:canary@h/x', 'redis://u:canary@h:99999', 'redis://u:canary@h?ssl=1', 'unix:canary'],
      ...['redis://u:canary/x@h', 'redis://u:canary@h:0', 'unix://canary/redis.sock'],
    ]) {
      const said = problem({ url })
      expect(said, url).toMatch(/^connection "main": url/)
      expect(said).not.toContain('canary')
    }
    expect(problem({ url: 'redis://h', password: 'canary', username: 5 })).not.toContain('canary')
    expect(problem({ url: 'redis://:canary1@h', password: 'canary2' })).not.toContain('canary')
  })
})

describe('several servers', () => {
  const sentinels = [{ host: 'a' }, { host: 'b', port: 1 }]

  test('sentinels and their master make a sentinel target', () => {
    expect(target({ sentinels, master: 'm', sentinelPassword: 's', select: 2 })).toMatchObject({
      ...{ kind: 'sentinel', master: 'm', sentinelPassword: 's', db: 2, tagged: false },
      addresses: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 1 },
      ],
    })
  })

  test('a cluster is found by its one address or by a list, and its keys are tagged', () => {
    expect(target({ cluster: true, host: 'h', port: 7 })).toMatchObject({
      ...{ kind: 'cluster', addresses: [{ host: 'h', port: 7 }], tagged: true, db: 0 },
    })
    expect(target({ cluster: true, url: 'rediss://h:7' })).toMatchObject({
      ...{ kind: 'cluster', addresses: [{ host: 'h', port: 7 }], tls: {} },
    })
    expect(target({ cluster: [{ host: 'a' }] })).toMatchObject({ addresses: [{ host: 'a', port: 6379 }] })
    expect(target({ cluster: false })).toMatchObject({ kind: 'single', tagged: false })
    expect(target({ layout: 'tagged' })).toMatchObject({ kind: 'single', tagged: true })
  })

  test('what cannot be together is refused, and it says what to leave out', () => {
    expect(problem({ cluster: true, sentinels, master: 'm' })).toMatch(/exclude each other/)
    expect(problem({ sentinels })).toMatch(/master: 'mymaster'/)
    expect(problem({ master: 'm' })).toMatch(/without sentinels/)
    expect(problem({ cluster: true, select: 1 })).toMatch(/database 0 alone/)
    expect(problem({ cluster: true, layout: 'plain' })).toMatch(/leave layout out/)
    expect(problem({ cluster: true, url: 'unix:/s' })).toMatch(/unix socket/)
    expect(problem({ url: 'redis://h', sentinels, master: 'm' })).toMatch(/url and sentinels/)
    expect(problem({ url: '/s', tls: true })).toMatch(/needs none/)
  })
})

test('values of the wrong kind are refused with what is meant, and a password is never shown', () => {
  expect(problem({ port: 70_000 })).toMatch(/port is 70000; a whole number from 1 to 65535/)
  expect(problem({ port: '6379' })).toMatch(/port is "6379"/)
  expect(problem({ select: -1 })).toMatch(/select is -1/)
  expect(problem({ password: 123456 })).toBe('connection "main": password is a number; write it in quotes')
  expect(problem({ timeout: 'soon' })).toMatch(/seconds/)
  expect(problem({ layout: 'Tagged' })).toMatch(/'plain' or 'tagged'/)
  expect(problem({ tls: 'yes' })).toMatch(/node:tls/)
  expect(problem({ host: 'h:6379' })).toMatch(/write the port as port/)
  expect(problem({ host: 'redis://u:canary@h' })).not.toContain('canary')
  expect(problem({ sentinels: [], master: 'm' })).toMatch(/sentinels names no server/)
  expect(problem({ cluster: [{ port: 1 }] })).toMatch(/cluster\[0\]\.host is missing/)
  expect(problem({ breakReconnect: 'no' })).toMatch(/breakReconnect is neither/)
})

test('tls takes the options of node:tls, and verifies unless they say otherwise', () => {
  expect(target({ tls: true })).toMatchObject({ tls: {} })
  expect(target({ tls: { ca: 'pem' }, url: 'rediss://h' })).toMatchObject({ tls: { ca: 'pem' } })
  expect(target({ tls: false })).not.toHaveProperty('tls')
})
