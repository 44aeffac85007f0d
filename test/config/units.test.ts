import { describe, expect, it } from 'vitest'
import { resolveConfig, type Source } from '../../src/config/resolve.ts'
import {
  parseBackoff,
  parseCount,
  parsePositiveCount,
  parsePositiveSeconds,
  parseSeconds,
  type WorkerFlags,
  workerOptions,
} from '../../src/config/units.ts'
import { ConfigError } from '../../src/contract/errors.ts'
import { backoffMs } from '../../src/contract/retry.ts'

async function options(written: object, flags: WorkerFlags = {}, env: Source['env'] = {}) {
  const config = await resolveConfig({ connector: 'memory', ...written }, { file: null, root: '/', env })
  return workerOptions(config, config.connections[config.connection]!, flags)
}

describe('worker options', () => {
  it('default to those of think-queue', async () => {
    const { backoffMs: wait, backoffOf: _, ...rest } = await options({})
    expect(wait(1)).toBe(0)
    expect(rest).toEqual({
      ...{
        queues: ['default'],
        concurrency: 1,
        expireMs: 60_000,
        tries: 0,
        timeoutMs: 60_000,
        sleepMs: 3_000,
      },
      ...{
        graceMs: 60_000,
        restMs: 0,
        memoryBytes: 128 * 1024 * 1024,
        maxJobs: Infinity,
        maxTimeMs: Infinity,
      },
      ...{ stopWhenEmpty: false, once: false, force: false, autoDelete: false, unknownJob: 'bury' },
      ...{ bigNumbers: 'bigint', maxPayload: 1_048_576 },
    })
  })

  it('a flag beats the environment, which beats the file', async () => {
    const written = { worker: { tries: 1, sleep: 1, memory: 1 } }
    const env = { QUEUE_WORKER_TRIES: '2', QUEUE_WORKER_SLEEP: '2' }
    const made = await options(written, { tries: 3 }, env)
    expect([made.tries, made.sleepMs, made.memoryBytes]).toEqual([3, 2_000, 1024 * 1024])
  })

  it('backoff beats delay of the same rank, and a flag’s delay beats the file’s backoff', async () => {
    const written = { worker: { backoff: [5, 7], delay: 2 } }
    expect((await options(written)).backoffMs(2)).toBe(7_000)
    expect((await options(written, { delay: 1 })).backoffMs(2)).toBe(1_000)
    expect((await options(written, { delay: 1, backoff: 4 })).backoffMs(2)).toBe(4_000)
    expect((await options({ worker: { delay: 2 } })).backoffMs(2)).toBe(2_000)
  })

  it('a job’s own backoff is reckoned the same way', async () => {
    expect((await options({})).backoffOf([1, 2], 5)).toBe(2_000)
  })

  it('grace is the time-out unless it is given, and a minute when there is no time-out', async () => {
    expect((await options({ worker: { timeout: 9 } })).graceMs).toBe(9_000)
    expect((await options({ worker: { timeout: 9, grace: 1 } }, { timeout: 20 })).graceMs).toBe(1_000)
    expect((await options({}, { timeout: 0 })).graceMs).toBe(60_000)
  })

  it('queues are a comma list in order, each once; the connection’s own when none is named', async () => {
    expect((await options({}, { queue: ' high, low ,high,' })).queues).toEqual(['high', 'low'])
    expect((await options({ default: 'notices' })).queues).toEqual(['notices'])
    await expect(options({}, { queue: ' , ' })).rejects.toThrow('--queue is " , "')
  })

  it('seconds become milliseconds once, and expire: null stays for ever', async () => {
    const made = await options({ expire: null, unknownJob: { release: 1.5 } }, { maxTime: 0.25, rest: 2 })
    expect([made.expireMs, made.unknownJob, made.maxTimeMs, made.restMs]).toEqual([
      null,
      { releaseMs: 1_500 },
      250,
      2_000,
    ])
  })

  it('once is one job', async () => {
    expect(await options({}, { once: true, maxJobs: 5 })).toMatchObject({ once: true, maxJobs: 1 })
  })
})

describe('backoff', () => {
  it('a list’s last figure repeats', () => {
    expect([1, 2, 3, 9].map((attempt) => backoffMs([3, 10, 60], attempt))).toEqual([3e3, 10e3, 60e3, 60e3])
  })

  it('exponential doubles to an hour, half of it certain and half by chance', () => {
    const range = (attempt: number) => [0, 1].map((chance) => backoffMs('exponential', attempt, () => chance))
    expect(range(1)).toEqual([1_000, 2_000])
    expect(range(2)).toEqual([2_000, 4_000])
    expect(range(3)).toEqual([4_000, 8_000])
    expect(range(60)).toEqual([1_800_000, 3_600_000])
  })

  it('spreads jobs that failed together', () => {
    expect(new Set(Array.from({ length: 50 }, () => backoffMs('exponential', 10))).size).toBeGreaterThan(40)
  })
})

describe('figures on the command line', () => {
  const wrong = [
    'abc',
    '',
    ' ',
    'NaN',
    'Infinity',
    '-1',
    '1e999',
    '0x10',
    '1,5',
    '3s',
    '99999999999999999999',
    '--',
  ]

  it.each(wrong)('%j is neither seconds nor a count nor a backoff', (text) => {
    expect(() => parseSeconds(text, '--sleep')).toThrow(ConfigError)
    expect(() => parseSeconds(text, '--sleep')).toThrow(`--sleep is "${text}"`)
    expect(() => parseCount(text, '--tries')).toThrow(`--tries is "${text}"`)
    if (text !== '1,5') expect(() => parseBackoff(text)).toThrow(`--backoff is "${text}"`)
  })

  it('seconds may have fractions, counts may not', () => {
    expect([parseSeconds('0', 's'), parseSeconds(' 1.5 ', 's'), parseSeconds('.5', 's')]).toEqual([
      0, 1.5, 0.5,
    ])
    expect(parseCount('12', 'n')).toBe(12)
    expect(() => parseCount('1.5', '--tries')).toThrow('expected a whole number')
  })

  it('where nothing makes no sense, 0 is refused', () => {
    expect(() => parsePositiveCount('0', '--concurrency')).toThrow(
      '--concurrency is "0"; expected at least 1',
    )
    expect(() => parsePositiveSeconds('0', '--expire')).toThrow('expected more than 0 seconds')
  })

  it('a backoff is one figure, a list or exponential', () => {
    expect([parseBackoff('3'), parseBackoff('3, 10,60'), parseBackoff('Exponential')]).toEqual([
      3,
      [3, 10, 60],
      'exponential',
    ])
    expect(() => parseBackoff('3,,5')).toThrow('--backoff is "3,,5"')
  })
})
