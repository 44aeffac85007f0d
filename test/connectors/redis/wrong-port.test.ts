import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../free-port.ts'
import { testRedis } from '../../redis-server.ts'
import { makeRedis } from './redis-rig.ts'

/** What opening at that URL fails with. */
async function failure(url: string, options = {}): Promise<string> {
  const connector = await makeRedis({ url, ...options })
  return connector.open().then(
    () => expect.unreachable('it was opened'),
    (error: Error) => error.message,
  )
}

test('by redis: at a port that speaks TLS, each attempt says to try TLS', async () => {
  const port = await freePort()
  const server = await testRedis()
  const [key, cert] = [join(server.folder, 'key.pem'), join(server.folder, 'cert.pem')]
  const made = [
    'req',
    '-batch',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
  ]
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  await server.restart([
    ...[`tls-port ${port}`, 'tls-auth-clients no', `tls-cert-file ${cert}`],
    ...[`tls-key-file ${key}`, `tls-ca-cert-file ${cert}`],
  ])
  for (let attempt = 0; attempt < 20; attempt++)
    expect(await failure(`redis://127.0.0.1:${port}`)).toMatch(/if the server speaks TLS, write rediss:/)
})

test('by rediss: at a port that does not speak TLS it says so', async () => {
  const { port } = await testRedis()
  expect(await failure(`rediss://127.0.0.1:${port}`, { timeout: 0.3 })).toMatch(
    /if that port does not speak TLS, write redis:/,
  )
})

test('what is no Redis is called so', async () => {
  const web = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  }).listen(0, '127.0.0.1')
  await once(web, 'listening')
  onTestFinished(() => {
    web.close()
  })
  const { port } = web.address() as AddressInfo
  const said = await failure(`redis://127.0.0.1:${port}`)
  expect(said).toContain(`127.0.0.1:${port}/0 cannot be reached: what listens there is no Redis`)
  expect(said).not.toContain('report')
})
