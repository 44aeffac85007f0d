import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ConfigError, PayloadError } from '../../../src/contract/errors.ts'
import { Control } from '../../../src/control.ts'
import { checkQueueName } from '../../../src/payload.ts'
import { systemClock } from '../../../src/process/clock.ts'
import { nested } from '../../payload/fixtures.ts'
import { clientOf, reserveOne, work } from '../wire-work.ts'
import { places } from './wire-recorded.ts'
import { PhpSide } from './wire-store.ts'

const php = new PhpSide()
const list = 'queues:default'
const delayed = 'queues:default:delayed'
const reserved = 'queues:default:reserved'

const member = (data: string, attempts = 1) =>
  `{"job":"Job1","data":${data},"id":"abc","attempts":${attempts}}`
/** All that a decoder and encoder in between would alter. */
const odd =
  '{"b":1307757455438833951,"10":[],"2":{},"s":"\\/ \\u4e2d 中","f":[1.0,1e5,-0],"dup":1,"dup":2, "w" : [ ]}'

/** PHP's worker: expired reservations back into the list, or nothing when one of them cannot be read. */
async function phpMigrates(): Promise<boolean> {
  const now = Math.floor(await php.now())
  const expired = (await php.send('ZRANGEBYSCORE', reserved, '-inf', now)) as string[]
  const payloads = expired.map((each) => JSON.parse(each) as { attempts?: unknown })
  if (!payloads.every(({ attempts }) => Number.isInteger(attempts))) return false
  await php.send('ZREMRANGEBYSCORE', reserved, '-inf', now)
  for (const each of expired)
    await php.send(
      'RPUSH',
      list,
      each.replace(/\d+}$/, (digits) => `${Number.parseInt(digits, 10) + 1}}`),
    )
  return true
}

/** PHP's worker: one member from the list into the reserved ones, for so many seconds. */
async function phpReserves(expire = 60): Promise<string> {
  const taken = (await php.send('LPOP', list)) as string
  await php.send('ZADD', reserved, Math.floor(await php.now()) + expire, taken)
  return taken
}

describe('hazard 1: removal is by exact bytes', () => {
  test('a member lives through a lost lease, releases and renewals with no byte altered but attempts', async () => {
    await php.send('RPUSH', list, member(odd))
    const connector = await php.connector()
    await reserveOne(connector)
    await php.pass(61)
    const second = await reserveOne(connector)
    expect(second.body).toBe(member(odd, 2))
    expect(await connector.touch([second], 60_000)).toEqual([])
    expect(
      await connector.settle([{ kind: 'release', reservation: second, delayMs: 5_000, spend: true }]),
    ).toEqual([])
    expect((await php.only(delayed)).toString()).toBe(member(odd, 3))
    await php.pass(6)
    const third = await reserveOne(connector)
    expect((await php.only(reserved)).toString()).toBe(member(odd, 3))
    expect(await connector.settle([{ kind: 'delete', reservation: third }])).toEqual([])
    expect(await php.state()).toEqual({})
  })

  test('what PHP writes between is what ours removes, and the reverse', async () => {
    await php.send('RPUSH', list, member(odd))
    const connector = await php.connector()
    const ours = await reserveOne(connector)
    expect(await php.send('ZREM', reserved, ours.body)).toBe(1)
    await php.send('RPUSH', list, member(odd))
    const body = await phpReserves()
    expect(
      await connector.settle([{ kind: 'delete', reservation: { ...ours, body, receipt: body } }]),
    ).toEqual([])
    expect(await php.state()).toEqual({})
  })

  test('no script decodes a payload', () => {
    const folder = new URL('../../../src/connectors/redis/lua/', import.meta.url)
    const scripts = readdirSync(folder)
    expect(scripts.length).toBeGreaterThan(5)
    for (const file of scripts) {
      const code = readFileSync(new URL(file, folder), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
      expect(code, file).not.toContain('cjson')
    }
  })
})

describe('hazard 2: what PHP cannot digest is not written', () => {
  const cut = '\ud800'
  test.each([
    ['half of a surrogate pair', { a: [cut] }, 'data.a[0]'],
    ['a key with half of a surrogate pair', { [cut]: 1 }, 'data'],
    ['more levels than PHP reads', nested(511), 'data'],
    ['NaN', { price: NaN }, 'data.price'],
    ['Infinity', [Infinity], 'data[0]'],
    ['an integer beyond 64 bits', 2n ** 63n, 'data'],
  ])('%s', async (_what, data, path) => {
    const pushed = clientOf(await php.connector()).push('Job1', data)
    await expect(pushed).rejects.toBeInstanceOf(PayloadError)
    await expect(pushed).rejects.toThrow(path)
    expect(await php.send('DBSIZE')).toBe(0)
  })

  test.each([
    ['no job', '{"data":1,"id":"x","attempts":1}'],
    ['no data', '{"job":"Job1","id":"x","attempts":1}'],
    ['no id', '{"job":"Job1","data":1,"attempts":1}'],
    ['no attempts', '{"job":"Job1","data":1,"id":"x"}'],
    ['attempts in the data alone', '{"job":"Job1","data":{"attempts":1},"id":"x"}'],
    ['attempts in a text', '{"job":"Job1","data":1,"id":"x","attempts":"1"}'],
    ['attempts with a fraction', '{"job":"Job1","data":1,"id":"x","attempts":1.5}'],
    ['a byte-order mark', `\ufeff${member('1')}`],
    ['no JSON', 'Job1'],
  ])('a payload with %s', async (_what, body) => {
    const connector = await php.connector()
    const envelope = { id: 'x', queue: 'default', job: 'Job1', body, delayMs: 0 }
    await expect(connector.push([envelope])).rejects.toBeInstanceOf(PayloadError)
    await expect(connector.push([{ ...envelope, delayMs: 5_000 }])).rejects.toBeInstanceOf(PayloadError)
    expect(await php.state()).toEqual({})
  })

  test('a poisoned queue is cured: its poison is buried, and PHP can migrate again', async () => {
    await php.send('ZADD', reserved, 1, member('1'), 2, '{"job":"Job1","data":2,"id":"b"}')
    expect(await phpMigrates()).toBe(false)
    const connector = await php.connector()
    const { runs } = await work(connector)
    expect(runs).toMatchObject([{ data: 1, attempts: 2 }])
    expect(await connector.failed.all()).toMatchObject([{ body: '{"job":"Job1","data":2,"id":"b"}' }])
    await php.send('ZADD', reserved, 1, member('3'))
    expect(await phpMigrates()).toBe(true)
  })
})

describe('hazard 3: a push of PHP that was nested too deep', () => {
  const tooDeep = '{"id":"nFzePsIUlERLaWoObxJUTCNPMlLZDCcv","attempts":1}'

  test.each([
    ['in the list', (): unknown[] => ['RPUSH', list, tooDeep]],
    ['delayed', (): unknown[] => ['ZADD', delayed, 1, tooDeep]],
  ])('%s, is buried with its bytes, and the next job runs', async (_where, command) => {
    const [name, ...args] = command() as [string, ...string[]]
    await php.send(name, ...args)
    await php.send('RPUSH', list, member('"next"'))
    const connector = await php.connector()
    const { runs, errors } = await work(connector)
    expect(runs).toMatchObject([{ data: 'next' }])
    expect(errors).toEqual([
      expect.stringContaining('PHP stores such a payload when data was nested too deep'),
    ])
    expect(await connector.failed.all()).toMatchObject([{ body: tooDeep }])
    expect(await php.state()).toEqual({})
  })
})

describe('hazard 4: attempts rise whenever a lease ends', () => {
  test('so that the late finisher, ours or PHP, removes nothing of the next worker', async () => {
    await php.send('RPUSH', list, member('1'))
    const [first, second] = [await php.connector(), await php.connector()]
    const late = await reserveOne(first)
    await php.pass(61)
    const next = await reserveOne(second)
    expect(next).toMatchObject({ attempts: 2, body: member('1', 2) })
    expect(next.receipt).not.toBe(late.receipt)
    expect(await first.settle([{ kind: 'delete', reservation: late }])).toHaveLength(1)
    expect(await php.send('ZREM', reserved, late.body)).toBe(0)
    expect(await first.touch([late], 60_000)).toEqual([late])
    expect(await second.settle([{ kind: 'delete', reservation: next }])).toEqual([])
  })

  test('also of what PHP reserved, whatever is beside it', async () => {
    const members = Array.from({ length: 250 }, (_, n) => member(String(n)))
    for (const each of members) await php.send('ZADD', reserved, 1, each)
    const connector = await php.connector()
    const { runs } = await work(connector, { concurrency: 10 })
    expect(runs).toHaveLength(250)
    expect(new Set(runs.map(({ attempts }) => attempts))).toEqual(new Set([2]))
  })
})

describe('hazard 5: a late release does not fork a job', () => {
  test('PHP forks what we took over; ours does not fork what PHP took over', async () => {
    await php.send('RPUSH', list, member('1'))
    const connector = await php.connector()
    const late = await reserveOne(connector)
    await php.pass(61)
    expect(await phpMigrates()).toBe(true)
    await phpReserves()
    for (const spend of [true, false])
      expect(
        await connector.settle([{ kind: 'release', reservation: late, delayMs: 0, spend }]),
      ).toHaveLength(1)
    expect(await connector.settle([{ kind: 'bury', reservation: late, reason: 'late' }])).toHaveLength(1)
    expect(await places(php)).toMatchObject([{ key: reserved, member: member('1', 2) }])
    expect(await connector.failed.all()).toEqual([])
  })

  test('two late workers of ours and one that has it: one member at every moment', async () => {
    await php.send('RPUSH', list, member('1'))
    const connector = await php.connector()
    const late = await reserveOne(connector)
    await php.pass(61)
    const later = await reserveOne(connector)
    await php.pass(61)
    const owner = await reserveOne(connector)
    const release = [late, later, owner].map((reservation) => {
      return { kind: 'release', reservation, delayMs: 0, spend: true } as const
    })
    expect(await connector.settle(release)).toEqual(release.slice(0, 2))
    expect(await places(php)).toMatchObject([{ member: member('1', 4) }])
  })
})

test('hazard 6: an empty array of PHP arrives as a list, {} as an object, 1.0 as 1, and __proto__ as a key', async () => {
  await php.send('RPUSH', list, member('{"options":[],"o":{},"f":1.0,"__proto__":{"admin":true}}'))
  const { runs } = await work(await php.connector())
  const data = runs[0]!.data as Record<string, unknown>
  expect(Object.entries(data)).toEqual([
    ['options', []],
    ['o', {}],
    ['f', 1],
    ['__proto__', { admin: true }],
  ])
  expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
  const manual = readFileSync(new URL('../../../docs/coming-from-php.md', import.meta.url), 'utf8')
  for (const said of [
    'An empty PHP array arrives as `[]`',
    '`{}` becomes `[]`',
    '`1.0` becomes `1`',
    '`__proto__`',
  ])
    expect(manual).toContain(said)
})

describe('hazard 7: the time is that of Redis', () => {
  const wrong = { ...systemClock, wall: () => systemClock.wall() + 3_600_000 }

  test('a worker whose clock is an hour off takes what is due and no more, and leases for as long as it should', async () => {
    const now = await php.now()
    await php.send(
      'ZADD',
      delayed,
      Math.floor(now),
      member('"due"'),
      Math.floor(now) + 30,
      member('"not yet"'),
    )
    await php.send('ZADD', reserved, Math.floor(now) + 30, member('"held by PHP"'))
    const connector = await php.connector()
    const { runs } = await work(connector, { clock: wrong })
    expect(runs.map(({ data }) => data)).toEqual(['due'])
    await php.send('RPUSH', list, member('{"__do":["release:20"]}'), member('{"__do":["nothing"]}'))
    await work(connector, { clock: wrong, expireMs: 90_000 })
    const left = Object.fromEntries(
      (await places(php)).map(({ member, dueIn = 0 }) => [member, Math.round(dueIn / 5) * 5]),
    )
    expect(left).toEqual({
      [member('"not yet"')]: 30,
      [member('"held by PHP"')]: 30,
      [member('{"__do":["release:20"]}', 2)]: 20,
      [member('{"__do":["nothing"]}')]: 90,
    })
  })

  test.each([
    [3_600_000, '3600 s ahead of'],
    [-3_600_000, '3600 s behind'],
    [1_000, undefined],
  ])('a machine whose clock is off by %d ms is told so when that is more than 2 s', async (offMs, said) => {
    const origin = performance.timeOrigin + performance.now()
    const spies = [
      vi.spyOn(performance, 'timeOrigin', 'get').mockReturnValue(origin + offMs),
      vi.spyOn(performance, 'now').mockReturnValue(0),
    ]
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore()
    })
    const connector = await php.connector()
    for (const spy of spies) spy.mockRestore()
    const heard: string[] = []
    connector.hear!({ up: () => {}, control: () => {}, warn: (message) => heard.push(message) })()
    if (said === undefined) expect(heard).toEqual([])
    else expect(heard).toEqual([expect.stringMatching(`^this machine's clock is ${said} .*PHP workers`)])
  })
})

describe("hazard 8: the reserver's score decides when a lease ends", () => {
  test('what PHP reserved for long is not taken by a worker of ours with a short expire', async () => {
    await php.send('RPUSH', list, member('1'))
    await phpReserves(600)
    const connector = await php.connector()
    expect(await connector.reserve({ queues: ['default'], limit: 1, expireMs: 1_000 })).toEqual([])
    await php.pass(500)
    expect(await connector.reserve({ queues: ['default'], limit: 1, expireMs: 1_000 })).toEqual([])
    await php.pass(101)
    expect(await reserveOne(connector, 'default', 1_000)).toMatchObject({ attempts: 2 })
  })

  test('PHP takes what ours reserved when our score says so, and not while ours renews it', async () => {
    await php.send('RPUSH', list, member('1'))
    const connector = await php.connector()
    const reservation = await reserveOne(connector, 'default', 10_000)
    await php.pass(8)
    expect(await connector.touch([reservation], 10_000)).toEqual([])
    await php.pass(8)
    await phpMigrates()
    expect(await php.send('LLEN', list)).toBe(0)
    await php.pass(4)
    await phpMigrates()
    expect(await php.only(list)).toEqual(Buffer.from(member('1', 2)))
  })

  test('without expire ours writes +inf, which PHP never takes', async () => {
    await php.send('RPUSH', list, member('1'))
    await reserveOne(await php.connector(), 'default', null)
    await php.pass(1e9)
    await phpMigrates()
    expect(await places(php)).toEqual([{ key: reserved, member: member('1'), dueIn: Infinity }])
  })
})

describe('hazard 9: queue names', () => {
  test.each([
    ...[':delayed', ':reserved', ':failed', ':notify', ':tokens'].map((ending) => `high${ending}`),
    ...['a,b', 'a\nb', 'a\0b', 'a\x7fb', 'é'.repeat(128), '\ud800'],
  ])('%j is refused by push and by workers', async (name) => {
    expect(() => checkQueueName(name)).toThrow(ConfigError)
    const connector = await php.connector()
    await expect(clientOf(connector).push('Job1', 1, name)).rejects.toBeInstanceOf(ConfigError)
    expect(await php.send('DBSIZE')).toBe(0)
  })

  test.each(['队列 1', 'high:low', '{tag}', 'q*[a]?', '$(id)', '"', 'a/b', '%s', 'é'.repeat(127)])(
    '%j is a name like another: PHP pushes to it and ours works it off, and the reverse',
    async (name) => {
      await php.send('RPUSH', `queues:${name}`, member('1'))
      const connector = await php.connector()
      const id = await clientOf(connector).push('Job1', 2, name)
      expect(await php.send('LINDEX', `queues:${name}`, 1)).toBe(member('2').replace('abc', id))
      const { runs } = await work(connector, { queues: [name] })
      expect(runs.map(({ data, queue }) => [data, queue])).toEqual([
        [1, name],
        [2, name],
      ])
      expect(await php.state()).toEqual({})
    },
  )
})

describe('hazard 10: one signal restarts both fleets', () => {
  const key = 'think:queue:restart'

  test('a restart of ours writes unix time where PHP reads it, always a new value', async () => {
    const connector = await php.connector()
    const control = new Control(connector, systemClock)
    await control.restart()
    const first = Number(await php.send('GET', key))
    expect(Math.abs(first - (await php.now()))).toBeLessThan(2)
    expect(await php.send('GET', key)).toMatch(/^\d{10}$/)
    await control.restart()
    expect(Number(await php.send('GET', key))).toBeGreaterThan(first)
  })

  test('a restart of PHP stops our worker', async () => {
    const connector = await php.connector()
    await php.send('SET', key, '1700000000')
    const { heard } = await work(connector, {
      stopWhenEmpty: false,
      hear: ({ name }) => {
        if (name === 'worker:idle') void php.send('SET', key, '1795364593')
      },
    })
    expect(heard.at(-1)).toEqual({ name: 'worker:stop', event: { reason: 'restart' } })
  })

  test('where the cache has a prefix or a database of its own, restartKey says so; a clock that is behind does not matter', async () => {
    const own = { key: 'tp_think:queue:restart', select: 5 }
    const connector = await php.connector({ restartKey: own })
    await new Control(connector, systemClock).restart()
    expect(await php.send('EXISTS', key)).toBe(0)
    await php.send('SELECT', 5)
    onTestFinished(async () => void (await php.send('SELECT', 0)))
    expect(await php.send('GET', own.key)).toMatch(/^\d{10}$/)
    const { heard } = await work(connector, {
      stopWhenEmpty: false,
      hear: ({ name }) => {
        if (name === 'worker:idle') void php.send('SET', own.key, '4')
      },
    })
    expect(heard.at(-1)).toMatchObject({ event: { reason: 'restart' } })
  })
})

describe('hazard 11: a member that is no UTF-8', () => {
  const bytes = (...parts: (string | number[])[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
  const broken = bytes('{"job":"Job1","data":"', [0xff, 0xc3], '","id":"x","attempts":1}')
  const other = bytes('{"job":"Job1","data":"', [0xfe, 0xc3], '","id":"x","attempts":1}')

  test('is buried with its bytes, and put back with them', async () => {
    await php.send('RPUSH', list, broken, member('"next"'))
    const connector = await php.connector()
    const { runs, errors } = await work(connector)
    expect(runs).toMatchObject([{ data: 'next' }])
    expect(errors).toEqual([expect.stringContaining('no UTF-8')])
    expect(await php.state()).toEqual({})
    const [failed] = await connector.failed.all()
    expect(failed!.body).toBe(broken.toString())
    await connector.failed.retry([failed!.id])
    expect(await php.only(list)).toEqual(broken)
  })

  test('its receipt holds the bytes: it is renewed, released and deleted, and not another of the same text', async () => {
    expect(broken.toString()).toBe(other.toString())
    await php.send('RPUSH', list, broken, other)
    const connector = await php.connector()
    const both = await connector.reserve({ queues: ['default'], limit: 2, expireMs: 60_000 })
    expect(new Set(both.map(({ receipt }) => receipt)).size).toBe(2)
    expect(both.map(({ damage }) => damage)).toEqual([expect.any(String), expect.any(String)])
    expect(await connector.touch(both, 60_000)).toEqual([])
    const [first, second] = both as [(typeof both)[0], (typeof both)[0]]
    expect(await connector.settle([{ kind: 'delete', reservation: first }])).toEqual([])
    const left = Buffer.from(second.receipt, 'latin1')
    expect(await php.only(reserved)).toEqual(left)
    expect(await connector.settle([{ kind: 'delete', reservation: first }])).toHaveLength(1)
    const release = { kind: 'release', reservation: second, delayMs: 0, spend: false } as const
    expect(await connector.settle([release])).toEqual([])
    expect(await php.only(delayed)).toEqual(left)
  })

  test('a text that holds the replacement character itself is a payload like another', async () => {
    await php.send('RPUSH', list, member('"\ufffd"'))
    const { runs, errors } = await work(await php.connector())
    expect(runs).toMatchObject([{ data: '\ufffd' }])
    expect(errors).toEqual([])
  })
})

describe('hazard 12: payloads of Laravel and think-queue 3 are left where they are, and named', () => {
  const laravel = (attempts: number) =>
    `{"uuid":"0b6","displayName":"App\\\\Jobs\\\\Send","job":"Illuminate\\\\Queue\\\\CallQueuedHandler@call","maxTries":null,"timeout":null,"data":{"commandName":"App\\\\Jobs\\\\Send","command":"O:13:\\"App\\\\Jobs\\\\Send\\":0:{}"},"id":"q","attempts":${attempts}}`
  const thinkqueue3 = (attempts: number) =>
    `{"job":"Job1","maxTries":null,"timeout":null,"data":{"a":1},"id":"v3","attempts":${attempts}}`

  test.each([
    ['Laravel', laravel(0), /Laravel's payload.*its own database or queue name/],
    ['Laravel, once released', laravel(1), /Laravel's payload/],
    ['think-queue 3', thinkqueue3(0), /think-queue 3's payload.*another name/],
    ['think-queue 3, once released', thinkqueue3(2), /think-queue 3's payload/],
  ])('%s', async (_whose, foreign, said) => {
    const second = foreign.replace('"id":"', '"id":"2')
    await php.send('RPUSH', list, foreign, member('"ours"'), second)
    const connector = await php.connector()
    const { runs, heard, errors } = await work(connector, { concurrency: 5 })
    expect(runs.map(({ data }) => data)).toEqual(['ours'])
    expect(errors).toEqual([])
    expect(await php.send('LRANGE', list, 0, -1)).toEqual([foreign, second])
    expect((await php.state())[reserved]).toBeUndefined()
    expect(await connector.failed.all()).toEqual([])
    const warnings = heard.flatMap(({ name, event }) => (name === 'store:warning' ? [event.message] : []))
    expect(warnings.length).toBeGreaterThan(0)
    for (const each of warnings) expect(each).toMatch(said)
    expect(warnings[0]).toMatch(/^queue default: .*left where they are$/)
  })

  test('nothing behind them is taken one by one, and the warning does not come at every look', async () => {
    await php.send('RPUSH', list, laravel(0), member('1'))
    const connector = await php.connector()
    const warnings: string[] = []
    connector.hear!({ up: () => {}, control: () => {}, warn: (message) => warnings.push(message) })
    for (let look = 0; look < 3; look++)
      expect(await connector.reserve({ queues: ['default'], limit: 1, expireMs: 60_000 })).toEqual([])
    expect(warnings).toHaveLength(1)
    expect(await php.send('LRANGE', list, 0, -1)).toEqual([laravel(0), member('1')])
  })

  test('other queues go on', async () => {
    await php.send('RPUSH', list, laravel(0))
    await php.send('RPUSH', 'queues:low', member('1'), member('2'))
    const { runs } = await work(await php.connector(), { queues: ['default', 'low'] })
    expect(runs.map(({ data }) => data)).toEqual([1, 2])
  })
})
