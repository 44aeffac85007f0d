import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testMysql } from '../../mysql-server.ts'
import { applicationDatabase } from './mysql-rig.ts'

const one = 'SELECT 1 AS one'

test('a unix socket is reached by URL and by its parts', async () => {
  const server = await testMysql()
  const byUrl = applicationDatabase(`mysql://root@localhost/test?socket=${encodeURIComponent(server.socket)}`)
  expect(await byUrl.query(one)).toEqual([{ one: 1 }])
  const byParts = applicationDatabase('', { socket: server.socket, user: 'root', database: 'test' })
  expect(await byParts.query(one)).toEqual([{ one: 1 }])
  expect(byParts.location).toBe(byUrl.location)
})

test('a wrong password or an unknown database is told at once, without the password, and is no passing trouble', async () => {
  const server = await testMysql()
  await server.sql("CREATE USER shop IDENTIFIED BY 'right'; GRANT ALL ON test.* TO shop")
  for (const url of [
    server.urlOf('shop:wrong-secret'),
    server.urlOf('shop:right').replace(/test$/, 'nowhere'),
    server.urlOf('root').replace(/test$/, 'nowhere'),
  ]) {
    const failure = await applicationDatabase(url)
      .query(one)
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'DENIED', transient: false })
    expect(String(failure)).not.toMatch(/secret|right/)
  }
  expect(await applicationDatabase(server.urlOf('shop:right')).query(one)).toEqual([{ one: 1 }])
})

test('TLS verifies the certificate and the name in it, and is never left out in silence', async () => {
  const server = await testMysql()
  const file = (name: string) => join(server.folder, name)
  execFileSync(
    'openssl',
    [
      ...['req', '-batch', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', file('key.pem'), '-out', file('cert.pem')],
    ],
    { stdio: 'ignore' },
  )
  const plain = applicationDatabase(server.url, { tls: true })
  await expect(plain.query(one)).rejects.toMatchObject({ code: 'TLS', transient: false })
  await server.restart([`--ssl-cert=${file('cert.pem')}`, `--ssl-key=${file('key.pem')}`])
  const ca = readFileSync(file('cert.pem'), 'utf8')
  const url = server.url.replace('127.0.0.1', 'localhost')
  const trusted = applicationDatabase(url, { tls: { ca } })
  expect(await trusted.query("SHOW STATUS LIKE 'Ssl_version'")).toEqual([
    { Variable_name: 'Ssl_version', Value: expect.stringMatching(/^TLS/) },
  ])
  const unknown = applicationDatabase(`${url}?tls=true`)
  await expect(unknown.query(one)).rejects.toMatchObject({ code: 'TLS', transient: false })
  await expect(
    applicationDatabase(url.replace('localhost', 'ip6-localhost'), { tls: { ca } }).query(one),
  ).rejects.toThrow()
  const careless = applicationDatabase(url, { tls: { rejectUnauthorized: false, verifyIdentity: false } })
  expect(await careless.query(one)).toEqual([{ one: 1 }])
})
