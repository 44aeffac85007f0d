import { describe, expect, it, onTestFinished } from 'vitest'
import type { DatabaseConnector } from '../../src/connectors/database/index.ts'
import { createDatabase, type Database } from '../../src/database/index.ts'
import { testMysql } from '../mysql-server.ts'
import { testProxy } from '../tcp-proxy.ts'
import { envelope, openStore, tempFile } from './database-store.ts'
import { openMysql } from './mysql/mysql-store.ts'

const bodies = Array.from({ length: 200 }, (_, at) => `"${at}"`)

const pushAll = (store: DatabaseConnector) =>
  Promise.all(bodies.map(async (body) => (await store.push([envelope('q', body)]))[0]))

/** What the table holds, in the order of its ids. */
async function rows(database: Database): Promise<{ readonly id: string; readonly payload: string }[]> {
  const found = await database.query<{ id: number; payload: string }>(
    'SELECT id, payload FROM jobs ORDER BY id',
  )
  return found.map(({ id, payload }) => ({ id: String(id), payload }))
}

const expected = (ids: readonly unknown[]) => bodies.map((payload, at) => ({ id: ids[at], payload }))

describe('two hundred single pushes in flight', () => {
  it('become a few transactions on MySQL, each with the id of its own row, in the order of the calls', async () => {
    const server = await testMysql()
    const store = await openMysql(server.url)
    const database = createDatabase(server.url)
    onTestFinished(() => database.close())
    await store.push([envelope('other')])
    const commits = async () =>
      Number((await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_commit'"))[0]!.Value)
    const before = await commits()
    const ids = await pushAll(store)
    expect((await commits()) - before).toBeLessThan(10)
    expect((await rows(database)).slice(1)).toEqual(expected(ids))
  })

  it('and on SQLite', async () => {
    const file = tempFile()
    const store = await openStore(file)
    const database = createDatabase(`sqlite:${file}`)
    onTestFinished(() => database.close())
    const ids = await pushAll(store)
    expect(await rows(database)).toEqual(expected(ids))
  })

  it('each find out their own id when the COMMIT of several gets no answer', async () => {
    const server = await testMysql({ durable: true })
    const proxy = await testProxy(server.port)
    const url = server.urlOf('root', proxy.port)
    const store = await openMysql(url, { dsn: { url, deadlineMs: 500 } })
    const database = createDatabase(server.url)
    onTestFinished(() => database.close())
    await store.push([envelope('other')])
    const dropped = proxy.dropReplies('"150"')
    const ids = await pushAll(store)
    await dropped
    expect((await rows(database)).slice(1)).toEqual(expected(ids))
  })

  it('one that the table refuses rejects alone', async () => {
    const server = await testMysql()
    const store = await openMysql(server.url)
    const database = createDatabase(server.url)
    onTestFinished(() => database.close())
    await store.push([envelope('other')])
    await database.execute(`ALTER TABLE jobs ADD CONSTRAINT short CHECK (payload <> '"77"')`)
    const pushes = await Promise.allSettled(bodies.map((body) => store.push([envelope('q', body)])))
    const refused = pushes.flatMap(({ status }, at) => (status === 'rejected' ? [bodies[at]] : []))
    expect(refused).toEqual(['"77"'])
    expect((await rows(database)).slice(1).map(({ payload }) => payload)).toEqual(
      bodies.filter((body) => body !== '"77"'),
    )
  })

  it('are stored when the connector is closed at once', async () => {
    const file = tempFile()
    const store = await openStore(file)
    const pushing = pushAll(store)
    await store.close()
    expect(await pushing).toHaveLength(200)
    const database = createDatabase(`sqlite:${file}`)
    onTestFinished(() => database.close())
    expect(await rows(database)).toHaveLength(200)
  })
})
