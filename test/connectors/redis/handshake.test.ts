import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Link } from '../../../src/connectors/redis/link.ts'
import { type RedisConnectorOptions, redisTarget } from '../../../src/connectors/redis/options.ts'
import { freePort } from '../../free-port.ts'
import { testCluster } from '../../redis-cluster.ts'
import { testRedis } from '../../redis-server.ts'

function make(options: RedisConnectorOptions): { link: Link; warnings: string[] } {
  const link = new Link(redisTarget(options, 'main'))
  onTestFinished(() => link.close())
  const warnings: string[] = []
  link.onWarning((text) => warnings.push(text))
  return { link, warnings }
}

function up(link: Link): Promise<void> {
  return new Promise((resolve) => {
    const stop = link.onUp(() => {
      stop()
      resolve()
    })
  })
}

test('the server says what it is', async () => {
  const { port } = await testRedis()
  const { link, warnings } = make({ port })
  await link.open()
  expect(link.facts).toMatchObject({
    version: expect.stringMatching(/^(Redis|Valkey) \d+\.\d+/),
    runId: expect.stringMatching(/^[0-9a-f]{40}$/),
    isEmpty: true,
  })
  expect(warnings).toEqual([])
})

test('bad credentials reject the opening for good, without the password, and name the key to set', async () => {
  const { port } = await testRedis({ password: 'right', acl: ['user queue on >canary ~* &* +@all'] })
  for (const [options, code] of [
    [{}, 'NOAUTH'],
    [{ password: 'canary-no' }, 'WRONGPASS'],
    [{ username: 'queue', password: 'canary-no' }, 'WRONGPASS'],
  ] as const) {
    const error = await make({ port, ...options })
      .link.open()
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code, transient: false })
    expect(String((error as Error).message)).toMatch(/password/)
    expect(JSON.stringify(error) + (error as Error).stack).not.toContain('canary')
  }
  await make({ port, username: 'queue', password: 'canary' }).link.open()
})

test('a password that nobody wants is warned of, and the connection stands', async () => {
  const { port } = await testRedis()
  const { link, warnings } = make({ port, password: 'unwanted' })
  await link.open()
  expect(warnings).toEqual([expect.stringMatching(/wants no password/)])
  expect(await link.send('PING', [])).toBe('PONG')
})

test('credentials that turn bad later are tried again until they are good', async () => {
  const server = await testRedis()
  const { link } = make({ port: server.port, password: 'second' })
  await link.open()
  await server.cli('ACL', 'SETUSER', 'default', 'resetpass', '>first')
  await server.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  const error = await link.send('PING', [], 500).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ transient: true })
  const again = up(link)
  await server.cli('ACL', 'SETUSER', 'default', '>second')
  await again
  expect(await link.send('PING', [])).toBe('PONG')
})

test('a user who may not ask INFO goes on without, and it is said once', async () => {
  const server = await testRedis({ acl: ['user queue on >pw ~* &* +@all -info'] })
  const { link, warnings } = make({ port: server.port, username: 'queue', password: 'pw', select: 1 })
  await link.open()
  const again = up(link)
  await server.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await again
  expect(warnings).toEqual([expect.stringMatching(/INFO/)])
  expect(link.facts).toMatchObject({ version: null, runId: null })
})

test('an evicting memory policy is warned of, to a late listener too', async () => {
  const { port } = await testRedis({ config: ['maxmemory-policy allkeys-lru'] })
  const { link, warnings } = make({ port })
  await link.open()
  expect(warnings).toEqual([expect.stringMatching(/allkeys-lru.*noeviction/)])
  const late: string[] = []
  link.onWarning((text) => late.push(text))
  expect(late).toEqual(warnings)
})

test('a server that comes back as another is told of, loudly when it is empty', async () => {
  const kept = await testRedis({ aof: true })
  const bare = await testRedis()
  for (const [server, isEmpty] of [
    [kept, false],
    [bare, true],
  ] as const) {
    const { link, warnings } = make({ port: server.port })
    await link.open()
    await link.send('SET', ['k', 'v'])
    const again = up(link)
    await server.restart()
    await again
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/is another one than before/)
    expect(/queues that were in it are gone/.test(warnings[0]!)).toBe(isEmpty)
  }
})

test('a replica is refused as READONLY, which passes', async () => {
  const master = await testRedis()
  const replica = await testRedis({ config: [`replicaof ${master.host} ${master.port}`] })
  const error = make({ port: replica.port }).link.open()
  await expect(error).rejects.toMatchObject({ transient: true })
})

test('a node of a cluster is refused without cluster: true, and served with it', async () => {
  const cluster = await testCluster({ replicas: false })
  const { host, port } = cluster.seeds[0]!
  await expect(make({ host, port }).link.open()).rejects.toThrow(/CROSSSLOT.*cluster: true/)
  const { link } = make({ host, port, cluster: true })
  await link.open()
  for (const key of ['a', 'b', 'c', 'd']) expect(await link.send('SET', [key, 1])).toBe('OK')
  expect(link.facts?.version).toMatch(/\d/)
})

test('a cluster is not seen where there is none', async () => {
  const { port } = await testRedis()
  await expect(make({ port, cluster: true }).link.open()).rejects.toThrow(/runs no cluster/)
})

test('TLS verifies the certificate: its authority must be given', async () => {
  const port = await freePort()
  const server = await testRedis()
  const file = (name: string) => join(server.folder, name)
  execFileSync(
    'openssl',
    [
      ...['req', '-batch', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', file('key.pem'), '-out', file('cert.pem')],
    ],
    { stdio: 'ignore' },
  )
  await server.restart([
    ...[`tls-port ${port}`, 'tls-auth-clients no', `tls-cert-file ${file('cert.pem')}`],
    ...[`tls-key-file ${file('key.pem')}`, `tls-ca-cert-file ${file('cert.pem')}`],
  ])
  const ca = readFileSync(file('cert.pem'), 'utf8')
  const url = `rediss://127.0.0.1:${port}`
  const { link } = make({ url, tls: { ca } })
  await link.open()
  expect(await link.send('PING', [])).toBe('PONG')
  await expect(make({ url }).link.open()).rejects.toMatchObject({ code: 'TLS', transient: false })
  await make({ url, tls: { rejectUnauthorized: false } }).link.open()
  const plain = make({ url: `rediss://127.0.0.1:${server.port}`, timeout: 1 }).link.open()
  await expect(plain).rejects.toMatchObject({ code: expect.stringMatching(/TLS|UNREACHABLE/) })
})
