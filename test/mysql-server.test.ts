import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { someMysql, testMysql } from './mysql-server.ts'

test('a server of its own answers, comes back with its data, and is gone with its folder when it is stopped', async () => {
  const server = await testMysql({ durable: true })
  expect(server.port).not.toBe(3306)
  await server.sql('CREATE TABLE test.kept (n INT)')
  await server.sql('INSERT INTO test.kept VALUES (1)')
  const { pid, folder } = server
  await server.restart()
  expect(server.pid).not.toBe(pid)
  expect(await server.sql('SELECT n FROM test.kept')).toEqual([{ n: 1 }])
  await server.stop()
  expect(() => process.kill(server.pid, 0)).toThrow(/ESRCH/)
  expect(existsSync(folder)).toBe(false)
})

test('a database of its own is empty, and gone when it is stopped', async () => {
  const some = await someMysql()
  expect(await some.sql('SHOW TABLES')).toEqual([])
  await some.stop()
  await expect(some.sql('SELECT 1')).rejects.toThrow()
})

test('a server that cannot start says why', async () => {
  await expect(testMysql({ flags: ['--no-such-flag'] })).rejects.toThrow(
    /ended: [\s\S]*no-such-flag[\s\S]*QUEUE_TEST_MYSQL_URL/,
  )
})
