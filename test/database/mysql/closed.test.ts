import mysqlCallbacks from 'mysql2'
import mysql from 'mysql2/promise'
import { expect, onTestFinished, test } from 'vitest'
import { MemoryConnector } from '../../../src/connectors/memory/index.ts'
import { createDatabase, isConnectionLost } from '../../../src/database/index.ts'
import { otherDatabases, ownDatabases } from '../../../src/database/infrastructure.ts'
import { envelope, RedisRig } from '../../connectors/redis/redis-rig.ts'
import { testMysql } from '../../mysql-server.ts'

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => Promise.reject(new Error('it succeeded')),
    (error) => error,
  )

test('every error that mysql2 raises without a code, of a connection or pool that was closed, is a lost connection', async () => {
  const server = await testMysql()
  const killed = await mysql.createConnection(server.url)
  killed.on('error', () => undefined)
  await killed.query('SELECT 1')
  await server.killConnections()
  const first = await failure(killed.query('SELECT 1'))
  const errors = [first, await failure(killed.query('SELECT 1')), await failure(killed.beginTransaction())]
  const ended = await mysql.createConnection(server.url)
  await ended.end()
  errors.push(await failure(ended.execute('SELECT 1')))
  const pool = mysql.createPool(server.url)
  await pool.query('SELECT 1')
  await pool.end()
  errors.push(await failure(pool.query('SELECT 1')), await failure(pool.getConnection()))
  const callbacks = mysqlCallbacks.createPool(server.url)
  callbacks.end()
  const called = new Promise((_, reject) => callbacks.query('SELECT 1', reject))
  errors.push(await failure(called))
  const cluster = mysqlCallbacks.createPoolCluster({ removeNodeErrorCount: 1, restoreNodeTimeout: 60_000 })
  cluster.add('one', { uri: server.url, port: 1, host: '127.0.0.1', user: 'root' })
  onTestFinished(() => cluster.end(() => undefined))
  const get = () => failure(new Promise((_, reject) => cluster.getConnection(reject)))
  errors.push(await get(), await get())
  for (const error of errors) {
    expect(isConnectionLost(error), `${error.message} ${JSON.stringify(error)}`).toBe(true)
    expect(isConnectionLost(Object.assign(new Error('wrapped'), { driverError: error }))).toBe(true)
    expect(isConnectionLost(Object.assign(new Error('wrapped'), { parent: error }))).toBe(true)
  }
  expect(errors.filter((error) => (error as { code?: string }).code === undefined).length).toBeGreaterThan(4)
})

test('the same words with anything else are not', () => {
  const state = "Can't add new command when connection is in closed state"
  for (const [text, fields] of [
    [state, {}],
    [state, { fatal: true, code: 'X' }],
    ['Pool is closed.', { code: 'X' }],
    ['Pool is closed.', { statusCode: 500 }],
    ['Pool is closed. Swim elsewhere.', {}],
  ] as const)
    expect(isConnectionLost(Object.assign(new Error(text), fields))).toBe(false)
})

test('a pool that its owner has closed says so as a lost connection', async () => {
  const server = await testMysql()
  const pool = mysql.createPool(server.url)
  const database = createDatabase({ pool })
  await database.query('SELECT 1')
  await pool.end()
  expect(await failure(database.query('SELECT 1'))).toMatchObject({ code: 'CONNECTION_LOST' })
})

test('a job whose own connection was closed is released unspent, ten times at most', {
  timeout: 60_000,
}, async () => {
  const server = await testMysql()
  const connection = await mysql.createConnection(server.url)
  connection.on('error', () => undefined)
  await server.killConnections()
  const queue = new MemoryConnector()
  const rig = new RedisRig(
    queue,
    () => connection.query('SELECT 1'),
    { tries: 1, sleepMs: 50 },
    { infrastructure: [ownDatabases, otherDatabases] },
  )
  await queue.push([envelope()])
  await rig.nth('job:failed')
  expect(rig.all('job:error').map(({ willRetry }) => willRetry)).toEqual([...Array(10).fill(true), false])
})
