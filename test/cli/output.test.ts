import { describe, expect, it } from 'vitest'
import { duration, oneLine, stamp, styleOf, wantsColors } from '../../src/cli/output.ts'
import { learnSecrets, redact } from '../../src/cli/secrets.ts'
import { projectOf } from '../../src/cli/session.ts'
import { StoreNews } from '../../src/cli/work/store-news.ts'
import { logTroubles } from '../../src/cli/work/troubles.ts'
import { resolveConfig } from '../../src/config/resolve.ts'
import { Emitter } from '../../src/emitter.ts'
import { FakeClock } from '../../src/testing/index.ts'

describe('text for a terminal', () => {
  it('shows control characters instead of obeying them, whatever they would do', () => {
    expect(oneLine('a\nb\r\t\0\x1b[31m\x7f\x9b\u2028\u202e c 世界')).toBe(
      'a\\nb\\r\\t\\0\\u001b[31m\\u007f\\u009b\\u2028\\u202e c 世界',
    )
  })

  it('tells lengths of time', () => {
    const told = [0.04, 12.34, 999, 4_200, 185_000, 7_800_000, 273_600_000].map(duration)
    expect(told).toEqual(['0.0ms', '12.3ms', '999ms', '4.20s', '3m 5s', '2h 10m', '3d 4h'])
  })

  it('stamps local time', () => {
    expect(stamp(new Date(2026, 10, 2, 5, 9, 8))).toBe('2026-11-02 05:09:08')
  })

  it('the flag beats FORCE_COLOR, which beats NO_COLOR, which beats the terminal', () => {
    const [tty, pipe] = [{ isTTY: true }, {}]
    expect(wantsColors(true, tty, {})).toBe(true)
    expect(wantsColors(true, pipe, {})).toBe(false)
    expect(wantsColors(true, tty, { NO_COLOR: '1' })).toBe(false)
    expect(wantsColors(true, tty, { NO_COLOR: '' })).toBe(true)
    expect(wantsColors(true, tty, { TERM: 'dumb' })).toBe(false)
    expect(wantsColors(true, pipe, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(true)
    expect(wantsColors(true, tty, { FORCE_COLOR: '0' })).toBe(false)
    expect(wantsColors(false, tty, { FORCE_COLOR: '1' })).toBe(false)
    expect(styleOf(false).red('x')).toBe('x')
    expect(styleOf(true).red('x')).toBe('\x1b[31mx\x1b[39m')
  })
})

describe('secrets', () => {
  it('are taken out of every text: passwords, tokens, and what stands before the host of a URL', async () => {
    const written = { connector: 'redis', host: 'h', password: 'pass word', connections: undefined }
    const source = { file: null, root: '/', env: {}, searched: [] }
    learnSecrets(await resolveConfig(written, source), {
      QUEUE_DSN: 'mysql://u:s%40cret@h/db',
      OTHER: 'kept',
    })
    expect(redact('pass word, s@cret and redis://me:a@b@host/1, kept')).toBe(
      '***, *** and redis://***@host/1, kept',
    )
    expect(redact('no secrets http://host/a@b')).toBe('no secrets http://host/a@b')
  })

  it('are those of TLS too, but no key that is a name', async () => {
    const written = {
      connector: 'redis',
      tls: { key: 'PEM OF THE KEY', passphrase: 'open sesame', ca: 'PEM OF THE CA' },
      restartKey: { key: 'think:queue:restart' },
    }
    learnSecrets(await resolveConfig(written, { file: null, root: '/', env: {}, searched: [] }), {})
    expect(redact('PEM OF THE KEY, open sesame, PEM OF THE CA, think:queue:restart')).toBe(
      '***, ***, PEM OF THE CA, think:queue:restart',
    )
  })

  it('are not what our own messages write for what is meant', () => {
    const meant = 'rediss://user:password@host:6379/0 is meant'
    expect(redact(`${meant}, not redis://user:passwords@host`)).toBe(`${meant}, not redis://***@host`)
  })

  it('are looked for in time that grows with the text only', () => {
    const before = performance.now()
    redact('a'.repeat(200_000) + '://'.repeat(50_000))
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})

describe('the folder a command was started by', () => {
  it('is the one that holds node_modules', () => {
    expect(projectOf('/srv/app/node_modules/.bin/queue')).toBe('/srv/app')
    expect(projectOf('/node_modules/.bin/queue')).toBe('/')
    expect(projectOf('/srv/thinkq/bin/queue.js')).toBeUndefined()
    expect(projectOf(undefined)).toBeUndefined()
  })
})

describe('news of a store that is away', () => {
  const lost = (code: string) => Object.assign(new Error(`lost by ${code}`), { code })

  it('is told once in ten seconds for each class of error', async () => {
    const clock = new FakeClock()
    const news = new StoreNews(clock)
    expect(news.down(lost('A'))).toBe('lost by A')
    expect(news.down(lost('A'))).toBeNull()
    expect(news.down(lost('B'))).toBe('lost by B')
    await clock.advance(9_999)
    expect(news.down(lost('A'))).toBeNull()
    await clock.advance(1)
    expect(news.down(lost('A'))).toBe('lost by A')
    news.up()
    expect(news.down(lost('A'))).toBe('lost by A')
  })

  it('ends with one line that says how long it was', () => {
    const emitter = new Emitter()
    const lines: string[] = []
    const write = (...args: unknown[]) => lines.push(String(args.at(-1)))
    const log = { debug: write, info: write, warn: write, error: write } as never
    logTroubles(emitter, log, new FakeClock())
    for (const attempt of [1, 2, 3]) emitter.emit('store:down', { error: lost('A'), attempt })
    emitter.emit('store:up', { downMs: 4_200 })
    expect(lines).toEqual([
      'the store cannot be reached: lost by A; trying again',
      'the store recovered after 4.20s',
    ])
    emitter.emit('store:down', { error: new Error('Redis at h cannot be reached: why'), attempt: 1 })
    expect(lines.at(-1)).toBe('Redis at h cannot be reached: why; trying again')
  })
})
