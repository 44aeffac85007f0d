import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { testMysql } from '../../mysql-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { envelope, request } from '../database-store.ts'
import { openMysql } from './mysql-store.ts'

/** MariaDB ends what says nothing in the midst of a transaction after ten seconds, MySQL what idles for a minute. */
const withinMs = { mariadb: 15_000, mysql: 70_000 }

test('a job that a worker was taking when its machine vanished is free again within seconds, not when the server misses the connection', {
  timeout: 100_000,
}, async () => {
  const server = await testMysql()
  const proxy = await testProxy(server.port)
  const others = await openMysql(server.url)
  await others.push([envelope('default')])
  const vanishing = await openMysql(server.urlOf('root', proxy.port))
  proxy.vanish('COMMIT')
  const lost = vanishing.reserve(request('default', undefined, 1)).catch(() => undefined)
  const holding = 'SELECT 1 FROM information_schema.innodb_trx WHERE trx_rows_locked > 0'
  // What is asked for more often than every 100 ms is never made anew.
  while ((await server.sql(holding)).length === 0) await sleep(150)
  const [row] = await server.sql('SELECT VERSION() AS version')
  const isMariaDb = /mariadb/i.test(String(row!.version))
  const since = performance.now()
  while ((await others.reserve(request('default', undefined, 1))).length === 0) {
    expect(performance.now() - since).toBeLessThan(isMariaDb ? withinMs.mariadb : withinMs.mysql)
    await sleep(100)
  }
  proxy.cut()
  await lost
})
