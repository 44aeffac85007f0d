import { describe, expect, it } from 'vitest'
import { checkConfig } from '../../src/config/check.ts'
import { ConfigError } from '../../src/contract/errors.ts'

async function refusal(written: unknown): Promise<string> {
  const error = await checkConfig(written, 'queue.config.ts').catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ConfigError)
  return (error as Error).message
}

describe('a mistake in the configuration', () => {
  it.each([
    [{ conector: 'redis' }, 'conector is an unknown key (did you mean "connector"?)'],
    [{ worker: { tires: 3 } }, 'worker.tires is an unknown key (did you mean "tries"?)'],
    [{ worker: { xyzzy: 3 } }, 'worker.xyzzy is an unknown key'],
    [{ type: 'redis' }, 'type is an unknown key (here it is "connector")'],
    [{ retry_after: 90 }, 'retry_after is an unknown key (here it is "expire")'],
    [{ unknownJob: { relase: 3 } }, 'unknownJob is an object; expected "bury", or a number'],
    [
      { connections: { main: { connector: 'redis', prot: 1 } } },
      'connections.main.prot is an unknown key (did you mean "port"?)',
    ],
    [{ port: '6379' }, 'port is "6379"; expected a number'],
    [{ port: 6379.5 }, 'port is 6379.5; expected a whole number'],
    [{ port: 70000 }, 'port is 70000; expected at most 65535'],
    [{ expire: -1 }, 'expire is -1; expected at least 0.001'],
    [{ expire: Number.NaN }, 'expire is NaN; expected a number'],
    [{ expire: 1e300 }, 'expire is 1e+300; expected at most 31536000'],
    [{ connector: '' }, 'connector is ""; expected something'],
    [{ connector: 5 }, 'connector is 5; expected a text'],
    [{ autoDelete: 'yes' }, 'autoDelete is "yes"; expected true or false'],
    [{ bigNumbers: 'number' }, 'bigNumbers is "number"; expected "bigint" or "string"'],
    [
      { worker: { backoff: 'expo' } },
      'worker.backoff is "expo"; expected "exponential", or a number, or a list',
    ],
    [{ worker: null }, 'worker is null; expected an object'],
    [{ on: { 'job:done': () => {} } }, 'on.job:done is an unknown key'],
    [{ on: { 'job:fialed': () => {} } }, 'on.job:fialed is an unknown key (did you mean "job:failed"?)'],
    [{ on: { 'job:failed': 'log' } }, 'on.job:failed is "log"; expected a function'],
    [{ middleware: [1] }, 'middleware.0 is 1; expected a function (job, next) => …'],
    [{ middleware: () => {} }, 'middleware is function; expected a list'],
    [{ restartKey: { db: 1 } }, 'restartKey.db is an unknown key (here it is "select")'],
    [null, 'expected an object of settings, not null'],
    ['redis', 'expected an object of settings, not "redis"'],
  ])('%j is told with its key, its value and what was meant', async (written, message) => {
    const told = await refusal(written)
    expect(told).toContain(`queue.config.ts: ${message}`)
  })

  it('all are told at once, a line for each', async () => {
    const told = await refusal({ prot: 1, select: -1, worker: { tries: 'x' } })
    expect(told.split('\n')).toEqual([
      'queue.config.ts:',
      '  select is -1; expected at least 0',
      '  worker.tries is "x"; expected a number',
      expect.stringContaining('  prot is an unknown key (did you mean "port"'),
    ])
  })

  it('never shows a secret', async () => {
    const secret = 90210773
    const written = { password: secret, token: secret, dsn: secret, url: secret }
    const told = await refusal({ ...written, connections: { main: { password: secret } } })
    expect(told).not.toContain(String(secret))
    expect(told).toContain('connections.main.password is a number; expected a text')
  })

  it('a key of the prototype chain is a key like any other', async () => {
    expect(await refusal(JSON.parse('{ "constructor": 1 }'))).toContain('constructor is an unknown key')
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('a connector of the user’s own may have any option, one of ours may not', async () => {
    expect(await checkConfig({ connector: './mine.ts', shards: 4 }, 'f')).toMatchObject({ shards: 4 })
    const own = { connections: { mine: { connector: '@acme/store', shards: 4 } } }
    expect(await checkConfig(own, 'f')).toMatchObject(own)
    expect(await refusal({ connector: 'redis', shards: 4 })).toContain('shards is an unknown key')
  })
})
