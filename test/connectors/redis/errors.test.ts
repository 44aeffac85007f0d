import { describe, expect, test } from 'vitest'
import { connectFailure } from '../../../src/connectors/redis/connect-failure.ts'
import {
  isOutcomeUnknown,
  lostAnswer,
  refusal,
  replyCode,
  unreachable,
} from '../../../src/connectors/redis/errors.ts'
import { type RedisConnectorOptions, redisTarget } from '../../../src/connectors/redis/options.ts'
import { StoreError } from '../../../src/contract/errors.ts'

const place = '127.0.0.1:6379/0'
const target = (options: RedisConnectorOptions = {}) => redisTarget(options, 'main')
const sha = 'a'.repeat(40)

const replies: [said: string, code: string, transient: boolean][] = [
  ["READONLY You can't write against a read only replica.", 'READONLY', true],
  ['LOADING Redis is loading the dataset in memory', 'LOADING', true],
  ['BUSY Redis is busy running a script. You can only call SCRIPT KILL', 'BUSY', true],
  ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN', true],
  ['TRYAGAIN Multiple keys request during rehashing of slot', 'TRYAGAIN', true],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'MASTERDOWN', true],
  ['NOREPLICAS Not enough good replicas to write.', 'NOREPLICAS', true],
  ['UNBLOCKED force unblock from blocking operation', 'UNBLOCKED', true],
  ['MISCONF Errors writing to the AOF file: No space left on device', 'MISCONF', true],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM', true],
  ['NOSCRIPT No matching script. Please use EVAL.', 'NOSCRIPT', true],
  ['ERR max number of clients reached', 'MAXCLIENTS', true],
  ['NOAUTH Authentication required.', 'NOAUTH', false],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS', false],
  ["NOPERM this user has no permissions to run the 'info' command", 'NOPERM', false],
  ["CROSSSLOT Keys in request don't hash to the same slot", 'CROSSSLOT', false],
  ['MOVED 3999 127.0.0.1:6381', 'MOVED', false],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'WRONGTYPE', false],
  ['EXECABORT Transaction discarded because of previous errors.', 'EXECABORT', false],
  ["ERR unknown command 'FOO'", 'REDIS', false],
]

describe('what Redis answers', () => {
  for (const [said, code, transient] of replies)
    test(`${said.slice(0, 40)} is ${code}, ${transient ? 'transient' : 'for good'}`, () => {
      const failure = refusal(said, target())
      expect(failure).toBeInstanceOf(StoreError)
      expect([failure.code, failure.transient]).toEqual([code, transient])
      expect(isOutcomeUnknown(failure), 'it was refused').toBe(false)
      expect(failure.message).toContain(place)
      expect(failure.message).toContain(said.replace(/\.$/, ''))
    })

  test('the code is found in what a script wraps, by Redis 6.2, 7 and later', () => {
    for (const said of [
      `ERR Error running script (call to f_${sha}): @user_script:1: @user_script: 1: -OOM command not allowed when used memory > 'maxmemory'.`,
      `OOM command not allowed when used memory > 'maxmemory'. script: ${sha}, on @user_script:1.`,
      `ERR Error running script (call to f_${sha}): @enable_strict_lua:15: user_script:1: -OOM command not allowed`,
    ])
      expect(replyCode(said), said).toBe('OOM')
    expect(refusal(`OOM full. script: ${sha}, on @user_script:1.`, target()).message).not.toContain(sha)
    expect(replyCode('ERR a job called -BUSYBODY failed')).toBe('ERR')
  })
})

describe('what keeps a connection from being made', () => {
  const errors: [code: string, remedy: RegExp, ours: string, transient: boolean][] = [
    ['ECONNREFUSED', /nobody listens/, 'REDIS_UNREACHABLE', true],
    ['ENOTFOUND', /host name is not known/, 'REDIS_UNREACHABLE', true],
    ['ETIMEDOUT', /firewall/, 'REDIS_UNREACHABLE', true],
    ['ENOENT', /socket does not exist/, 'REDIS_UNREACHABLE', true],
    ['EACCES', /may not use/, 'EACCES', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /tls\.ca/, 'TLS', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /tls\.servername/, 'TLS', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /leave tls out/, 'TLS', false],
  ]
  for (const [code, remedy, ours, transient] of errors)
    test(`${code} says where and what to look at`, () => {
      const failure = connectFailure(Object.assign(new Error('text'), { code }), target()) as StoreError
      expect(failure).toMatchObject({ code: ours, transient })
      expect(failure.message).toMatch(remedy)
      expect(failure.message).toContain(place)
      expect(isOutcomeUnknown(failure)).toBe(false)
    })

  test('what can be due to TLS says so, by whether TLS is on', () => {
    const said = (code: string, options = {}) =>
      connectFailure(Object.assign(new Error('text'), { code }), target(options)).message
    expect(said('ECONNRESET')).toMatch(/if the server speaks TLS, write rediss: or tls: true/)
    expect(said('ECONNRESET', { tls: true })).toMatch(/if that port does not speak TLS, write redis:/)
    expect(said('ETIMEDOUT', { tls: true })).toMatch(/does not speak TLS.*firewall/)
    expect(said('ETIMEDOUT')).not.toMatch(/TLS/)
    const alert = new Error('Protocol error, got "\\u0015" as reply type byte. Please report this.')
    expect(connectFailure(alert, target()).message).toMatch(/answered in TLS/)
  })

  test('sentinels that want a password are told apart from a server that does', () => {
    const said =
      'All sentinels are unreachable. Retrying from scratch after 59ms. Last error: NOAUTH Authentication required.'
    const failure = connectFailure(new Error(said), target({ sentinels: [{ host: 's' }], master: 'm' }))
    expect(failure).toMatchObject({ code: 'NOAUTH', transient: false })
    expect(failure.message).toMatch(/the sentinels refused: NOAUTH.*set sentinelPassword/)
  })

  test('of several addresses the first error is told', () => {
    const inner = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    expect(connectFailure(new AggregateError([inner]), target()).message).toContain('ECONNREFUSED')
  })
})

test('at a replica it says to name the master, or that it is looked for where somebody tells', () => {
  const said = "READONLY You can't write against a read only replica."
  expect(refusal(said, target()).message).toMatch(/name the master, or the sentinels/)
  const sentinels = [{ host: 's' }]
  for (const options of [{ cluster: true }, { sentinels, master: 'm' }])
    expect(refusal(said, target(options)).message).toMatch(/the master is looked for again/)
})

test('the outcome is unknown only of what was sent and not answered', () => {
  expect(isOutcomeUnknown(lostAnswer(place, 'ECONNRESET'))).toBe(true)
  expect(isOutcomeUnknown(unreachable(place, 'ECONNREFUSED'))).toBe(false)
  expect(isOutcomeUnknown(new Error('any'))).toBe(false)
  expect(isOutcomeUnknown(undefined)).toBe(false)
})
