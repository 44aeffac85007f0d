import { describe, expect, it } from 'vitest'
import { addressText, isLoopback, parseListen } from '../../src/config/listen.ts'
import { resolveConfig } from '../../src/config/resolve.ts'
import { ConfigError } from '../../src/contract/errors.ts'

describe('where to listen', () => {
  it.each([
    ['127.0.0.1:9464', '127.0.0.1', 9464],
    ['9464', '127.0.0.1', 9464],
    [':9464', '127.0.0.1', 9464],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['[::1]:9464', '::1', 9464],
    ['[::]:1', '::', 1],
    [' metrics.shop-1.example:65535 ', 'metrics.shop-1.example', 65_535],
  ])('%s is host and port', (text, host, port) => {
    const address = parseListen(text, '--http')
    expect(address).toEqual({ host, port })
    expect(parseListen(addressText(address), '--http')).toEqual(address)
  })

  it.each([
    '',
    ':',
    'x',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:9464',
    '[::1]',
    '[x]:1',
    'http://x:1',
    '-1',
    '*:1',
  ])('"%s" is refused by the name of the setting', (text) => {
    expect(() => parseListen(text, '--http')).toThrow(ConfigError)
    expect(() => parseListen(text, '--http')).toThrow(/^--http is "/)
  })

  it.each(['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', 'LocalHost'])(
    '%s is this machine alone',
    (host) => {
      expect(isLoopback({ host, port: 1 })).toBe(true)
    },
  )

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    'example.com',
    'localhost.example.com',
    '127.1',
  ])('%s is not', (host) => {
    expect(isLoopback({ host, port: 1 })).toBe(false)
  })
})

describe('worker.http of the configuration', () => {
  const http = async (worker: object, env = {}) =>
    (await resolveConfig({ connector: 'memory', worker }, { file: null, root: '/', env })).http

  it('is nowhere when nobody says so', async () => {
    expect(await http({})).toEqual({ listen: null, token: null })
  })

  it('is an address, or an address and a token', async () => {
    expect(await http({ http: '9464' })).toEqual({ listen: { host: '127.0.0.1', port: 9464 }, token: null })
    expect(await http({ http: { listen: '0.0.0.0:1', token: 'secret' } })).toEqual({
      listen: { host: '0.0.0.0', port: 1 },
      token: 'secret',
    })
  })

  it('is beaten by the environment, each for itself', async () => {
    const env = { QUEUE_WORKER_HTTP: ':2', QUEUE_WORKER_HTTP_TOKEN: 'other' }
    const written = { http: { listen: '0.0.0.0:1', token: 'secret' } }
    expect(await http(written, env)).toEqual({ listen: { host: '127.0.0.1', port: 2 }, token: 'other' })
    expect(await http(written, { QUEUE_WORKER_HTTP: ':2' })).toMatchObject({ token: 'secret' })
    expect(await http({ http: ':1' }, { QUEUE_WORKER_HTTP_TOKEN: 'other' })).toEqual({
      listen: { host: '127.0.0.1', port: 1 },
      token: 'other',
    })
  })

  it.each<[string, object, object, RegExp]>([
    ['an address that is none', { http: 'x' }, {}, /worker\.http is "x"; expected host and port/],
    [
      'one of the environment',
      {},
      { QUEUE_WORKER_HTTP: 'x' },
      /^environment variable QUEUE_WORKER_HTTP is "x"/,
    ],
    [
      'a token that no header can hold',
      { http: { token: 'a b' } },
      {},
      /worker\.http\.token has a character/,
    ],
    [
      'one of the environment',
      {},
      { QUEUE_WORKER_HTTP_TOKEN: 'ü' },
      /QUEUE_WORKER_HTTP_TOKEN has a character/,
    ],
    ['another key', { http: { port: 1 } }, {}, /worker\.http/],
  ])('refuses %s', async (_, worker, env, message) => {
    await expect(http(worker, env)).rejects.toThrow(ConfigError)
    await expect(http(worker, env)).rejects.toThrow(message)
  })
})
