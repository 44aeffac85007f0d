import mysql from 'mysql2/promise'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDatabase, type Database, isConnectionLost } from '../../../src/database/index.ts'
import { otherDatabases, ownDatabases } from '../../../src/database/infrastructure.ts'
import { envelope, openRedis, RedisRig } from '../../connectors/redis/redis-rig.ts'
import { numbersTo } from '../../mysql-data.ts'
import { testMysql } from '../../mysql-server.ts'
import { testRedis } from '../../redis-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { applicationDatabase } from './mysql-rig.ts'

const failure = (promise: Promise<unknown>): Promise<Error | undefined> =>
  promise.then(
    () => undefined,
    (error) => error,
  )

async function behindProxy() {
  const server = await testMysql()
  const proxy = await testProxy(server.port)
  return { server, proxy, url: server.urlOf('root', proxy.port) }
}

/** A pool of mysql2 that somebody else made. */
function theirs(url: string): Database {
  const pool = mysql.createPool({ uri: url, connectionLimit: 1 })
  onTestFinished(() => pool.end().catch(() => undefined))
  return createDatabase({ pool, deadlineMs: 500 })
}

const makers: Readonly<Record<string, (url: string) => Database>> = {
  'a pool of ours': (url) => applicationDatabase(url, { deadlineMs: 500, connections: 1 }),
  'a pool of mysql2': theirs,
}

describe.each(Object.keys(makers))('a statement that gets no answer before its deadline, on %s', (name) => {
  test('was slow if the server answers a new connection, though every other is in use', async () => {
    const { url } = await behindProxy()
    const error = await failure(makers[name]!(url).query('SELECT SLEEP(3)'))
    expect(error).toMatchObject({ code: 'TIMEOUT' })
    expect(error?.message).toMatch(/no answer within 0.5 s; the connection was given up/)
    expect(isConnectionLost(error)).toBe(false)
  })

  test('was lost if nothing answers: in a transaction, outside one and in a stream', async () => {
    const { url, proxy } = await behindProxy()
    const database = makers[name]!(url)
    const fall = async (tx: Pick<Database, 'query'>) => {
      await tx.query('SELECT 1')
      proxy.blackHole(true)
      await tx.query('SELECT 2')
    }
    const streaming = async () => {
      for await (const _ of database.stream(`SELECT seq FROM ${numbersTo(200_000)}`)) proxy.blackHole(true)
    }
    for (const lose of [() => database.transaction(fall), () => fall(database), streaming]) {
      const error = await failure(lose())
      expect(error).toMatchObject({ code: 'UNAVAILABLE', transient: true })
      expect(error?.message).toMatch(/within 0.5 s, and none to a new connection/)
      expect(isConnectionLost(error)).toBe(true)
      expect(ownDatabases.isLost(error)).toBe(true)
      proxy.blackHole(false)
      await ownDatabases.ping?.(error)
    }
  })

  test('was slow if the server is there but takes no more connections', async () => {
    const server = await testMysql({ flags: ['--max-connections=10'] })
    await server.sql('CREATE USER worker; GRANT ALL ON test.* TO worker')
    const database = makers[name]!(server.urlOf('worker'))
    await database.query('SELECT 1')
    const hogs = Array.from({ length: 12 }, () => mysql.createConnection(server.urlOf('worker')))
    onTestFinished(async () => {
      for (const each of await Promise.allSettled(hogs)) if (each.status === 'fulfilled') each.value.destroy()
    })
    expect((await Promise.allSettled(hogs)).some(({ status }) => status === 'rejected')).toBe(true)
    expect(await failure(database.query('SELECT SLEEP(3)'))).toMatchObject({ code: 'TIMEOUT' })
  })
})

test('a job in a black hole spends no try, and one whose query is slow spends its one', {
  timeout: 60_000,
}, async () => {
  const { server, url, proxy } = await behindProxy()
  const queue = await openRedis({ port: (await testRedis()).port })
  const database = applicationDatabase(url, { deadlineMs: 500, connectMs: 500 })
  await server.sql('CREATE TABLE test.done (n INT)')
  let isFirst = true
  const work = async (data: unknown) => {
    if (data === 'slow') return database.query('SELECT SLEEP(3)')
    return database.transaction(async (tx) => {
      await tx.execute('INSERT INTO done VALUES (1)')
      if (isFirst) proxy.blackHole(true)
      isFirst = false
      await tx.query('SELECT 1')
    })
  }
  const rig = new RedisRig(
    queue,
    work,
    { tries: 1, sleepMs: 50 },
    { infrastructure: [ownDatabases, otherDatabases] },
  )
  await queue.push([envelope('in a hole')])
  await rig.nth('infrastructure:down')
  proxy.blackHole(false)
  await rig.nth('infrastructure:up')
  await rig.nth('job:processed')
  await queue.push([envelope('slow')])
  expect((await rig.nth('job:failed')).error).toMatchObject({ code: 'TIMEOUT' })
  expect(rig.all('job:failed')).toHaveLength(1)
  expect(rig.all('infrastructure:down')).toHaveLength(1)
  expect(await server.sql('SELECT COUNT(*) AS runs FROM test.done')).toEqual([{ runs: 1 }])
})
