import mysql from 'mysql2'
import mysqlPromise from 'mysql2/promise'
import { expect, onTestFinished, test } from 'vitest'
import { createDatabase, isConnectionLost } from '../../../src/database/index.ts'
import { ownDatabases } from '../../../src/database/infrastructure.ts'
import { testMysql } from '../../mysql-server.ts'

/** What an owner may have set for its sessions. */
const session = "SHOW VARIABLES WHERE Variable_name IN ('sql_mode', 'tx_isolation', 'transaction_isolation')"

test('a pool that exists, with promises or callbacks, is used as it is and stays its owner’s', async () => {
  const server = await testMysql()
  const promising = mysqlPromise.createPool({ uri: server.url, connectionLimit: 2 })
  const calling = mysql.createPool({ uri: server.url, connectionLimit: 2 })
  onTestFinished(async () => {
    await promising.end()
    await calling.promise().end()
  })
  for (const pool of [promising, calling]) {
    const database = createDatabase({ pool })
    const before = await database.query(session)
    await database.transaction(async (tx) => {
      await tx.execute('CREATE TEMPORARY TABLE seen (id INT)')
      await tx.execute('INSERT INTO seen VALUES (?)', [7])
      expect(await tx.query('SELECT id FROM seen')).toEqual([{ id: 7 }])
    })
    expect(before).toEqual(await server.sql(session))
    await database.close()
    await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'CLOSED' })
  }
  expect((await promising.query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }])
  expect((await calling.promise().query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }])
})

test('a connection its owner uses meanwhile is not given up with those that were lost', async () => {
  const server = await testMysql()
  const pool = mysqlPromise.createPool({ uri: server.url, connectionLimit: 2 })
  onTestFinished(() => pool.end())
  const database = createDatabase({ pool, breakReconnect: false })
  await Promise.all([database.query('SELECT SLEEP(0.05)'), database.query('SELECT SLEEP(0.05)')])
  const theirs = await pool.getConnection()
  const [[own]] = (await theirs.query('SELECT CONNECTION_ID() AS id')) as unknown as [[{ id: number }]]
  const ids = (await server.connections()).filter((id) => id !== own.id)
  for (const id of ids) await server.sql(`KILL CONNECTION ${id}`)
  await database.query('SELECT 1').catch(() => undefined)
  expect((await theirs.query('SELECT 1 AS one'))[0]).toEqual([{ one: 1 }])
  theirs.release()
})

test('its lost connections are known as such, and the database can be asked whether it answers', async () => {
  const server = await testMysql()
  const pool = mysqlPromise.createPool({ uri: server.url })
  onTestFinished(() => pool.end())
  const database = createDatabase({ pool, breakReconnect: false })
  await database.query('SELECT 1')
  await server.kill()
  const error: unknown = await database.query('SELECT 1').catch((thrown: unknown) => thrown)
  expect(isConnectionLost(error)).toBe(true)
  expect(ownDatabases.isLost(error)).toBe(true)
  await server.launch()
  await ownDatabases.ping!(error)
})

test('what is no pool is refused', () => {
  for (const pool of [{}, 'mysql://root@127.0.0.1/shop', null])
    expect(() => createDatabase({ pool })).toThrow('createDatabase: pool must be one of mysql2')
})
