import { expect, test } from 'vitest'
import { testMysql } from '../../mysql-server.ts'
import { ended } from '../pushing-program.ts'

test('a program that has pushed ends by itself, without closing its queue', async () => {
  const server = await testMysql()
  const { code, said } = await ended({ connector: 'database', dsn: server.url })
  expect(said).toBe('1')
  expect(code).toBe(0)
})

test('so does one whose server went away after the push', async () => {
  const server = await testMysql()
  const { code, said } = await ended(
    { connector: 'database', dsn: server.url },
    `process.kill(${server.pid}, 'SIGKILL')`,
  )
  expect(said).toBe('1')
  expect(code).toBe(0)
})
