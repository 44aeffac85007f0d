import { expect, onTestFinished, test } from 'vitest'
import { Project } from '../../cli/project.ts'
import { testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { envelope, makeRedis, openRedis, RedisRig } from './redis-rig.ts'

const password = 'canary-5ecret'

function project(options: string): Project {
  const made = new Project({
    'queue.config.ts': `import { defineConfig } from 'thinkq'
export default defineConfig({ connector: 'redis', ${options} })
`,
    'jobs/Says.mjs': `import { defineJob } from 'thinkq'
export const Says = defineJob((data) => console.log('said ' + data), { name: 'Says' })
`,
  })
  onTestFinished(() => made.remove())
  return made
}

test('fault 10: after every reconnect AUTH and SELECT come first: no command reaches another database', async () => {
  const server = await testRedis({ password })
  const proxy = await testProxy(server.port)
  const options = { host: '127.0.0.1', port: proxy.port, password, select: 3 }
  const rig = new RedisRig(await makeRedis(options), undefined, { sleepMs: 500 })
  const producer = await openRedis(options)
  for (let round = 1; round <= 5; round++) {
    await producer.push([envelope(round)])
    await rig.began(round)
    await rig.nth('job:processed', round)
    await rig.next('worker:idle')
    proxy.cut()
    await producer.size('default').catch(() => undefined)
  }
  const databases = String(await server.cli('INFO', 'keyspace'))
  expect(databases.match(/db\d+/g)).toEqual(['db3'])
  expect(rig.all('store:down').filter(({ error }) => /NOAUTH|WRONGPASS/.test(String(error)))).toEqual([])
})

test('fault 10: a wrong password, none, an unknown user: refused for good, and no password is said', async () => {
  const server = await testRedis({ password, acl: [`user queue on >${password} ~* &* +@all`] })
  const { host, port } = server
  for (const given of [
    { password: `${password}-wrong` },
    {},
    { username: 'nobody', password },
    { url: `redis://queue:${password}-wrong@${host}:${port}` },
  ]) {
    const connector = await makeRedis({ host, port, ...given })
    const error = await connector.open().then(
      () => undefined,
      (reason: unknown) => reason as Error,
    )
    expect(error, JSON.stringify(given)).toBeInstanceOf(Error)
    expect(connector.isTransient(error), String(error)).toBe(false)
    expect(`${error?.message}${error?.stack}`).not.toContain(password)
    expect(error?.message).toMatch(/password|user|authenticat/i)
  }
})

test('fault 10: queue work with bad credentials ends at once with 1, and says where and why', async () => {
  const server = await testRedis({ password })
  for (const options of [`password: '${password}-wrong'`, '']) {
    const { code, stdout, stderr } = await project(
      `host: '127.0.0.1', port: ${server.port}, ${options}`,
    ).queue('work', '--daemon')
    expect(code, stdout + stderr).toBe(1)
    expect(stdout + stderr).not.toContain(password)
    expect(stderr).toMatch(/password/i)
  }
})

test('fault 10: a database that the server does not have is refused for good', async () => {
  const server = await testRedis()
  const connector = await makeRedis({ url: server.url, select: 99 })
  const error = await connector.open().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(String(error)).toMatch(/99/)
  expect(connector.isTransient(error)).toBe(false)
})

test('a password that is changed while a worker runs brakes it, and it goes on when the old one is back', async () => {
  const server = await testRedis({ password })
  const rig = new RedisRig(
    await makeRedis({ host: server.host, port: server.port, password, breakReconnect: false }),
    undefined,
    {
      sleepMs: 300,
    },
  )
  await rig.next('worker:idle')
  await server.cli('CONFIG', 'SET', 'requirepass', 'another')
  await server.killConnections()
  await rig.until(() => rig.all('store:down').length >= 2)
  await server.cli('CONFIG', 'SET', 'requirepass', password)
  await server.cli('RPUSH', 'queues:default', envelope(1).body)
  await rig.began(1)
  for (const { error } of rig.all('store:down')) expect(String(error)).not.toContain(password)
})

test('the command line works with a password, a database and a user of its own', async () => {
  const server = await testRedis({ acl: [`user queue on >${password} ~* &* +@all`] })
  const made = project(`url: 'redis://queue:${password}@127.0.0.1:${server.port}/2'`)
  expect((await made.queue('push', 'Says', '"hello"')).code).toBe(0)
  const { code, stdout } = await made.queue('work')
  expect([code, stdout]).toEqual([0, expect.stringContaining('said hello')])
  expect(stdout).not.toContain(password)
})
