import { describe, expect, it, onTestFinished } from 'vitest'
import { PushOutcomeUnknown } from '../../../src/contract/errors.ts'
import { createDatabase } from '../../../src/database/index.ts'
import { type MysqlServer, testMysql } from '../../mysql-server.ts'
import { type TcpProxy, testProxy } from '../../tcp-proxy.ts'
import { deletion, envelope, request } from '../database-store.ts'
import { clientOf, work } from '../wire-work.ts'
import { openMysql } from './mysql-store.ts'

async function behindProxy(
  flags: readonly string[] = [],
): Promise<{ server: MysqlServer; proxy: TcpProxy; url: string }> {
  const server = await testMysql({ durable: true, flags })
  const proxy = await testProxy(server.port)
  return { server, proxy, url: server.urlOf('root', proxy.port) }
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a push whose COMMIT gets no answer', () => {
  it.each(['the reply', 'the request'])('is found out and stored once (lost: %s)', async (what) => {
    const { server, proxy, url } = await behindProxy()
    const store = await openMysql(url, { dsn: { url, deadlineMs: 500 } })
    await store.push([envelope('q', '"before"')])
    void (what === 'the reply' ? proxy.dropReplies('COMMIT') : proxy.loseRequest('COMMIT'))
    const [id] = await store.push([envelope('q', '"once"')])
    const rows = await server.sql('SELECT id FROM test.jobs WHERE payload = \'"once"\'')
    expect(rows).toEqual([{ id: Number(id) }])
    expect(await store.push([envelope('q')])).toHaveLength(1)
  })

  it('of a server that is away rejects, and its retry stores it once when the server is back', async () => {
    const { server, proxy, url } = await behindProxy()
    const store = await openMysql(url, { dsn: { url, deadlineMs: 500, connectMs: 500 } })
    const dropped = proxy.dropReplies('COMMIT')
    const pushing = failure(store.push([envelope('q', '"once"')]))
    await dropped
    await proxy.refuse(true)
    const error = (await pushing) as PushOutcomeUnknown
    expect(error).toBeInstanceOf(PushOutcomeUnknown)
    expect(await failure(error.retry())).toBeInstanceOf(PushOutcomeUnknown)
    await proxy.refuse(false)
    const [id] = await error.retry()
    expect(await server.sql('SELECT id, payload FROM test.jobs')).toEqual([
      { id: Number(id), payload: '"once"' },
    ])
  })

  it('waits for a transaction that the server has not given up yet', async () => {
    const { server, url } = await behindProxy()
    const store = await openMysql(url, { dsn: { url, deadlineMs: 300, busyMs: 1_000 } })
    await store.push([envelope('q', '"before"')])
    // Somebody holds the row that the push writes its mark to: the server has begun, and its client hears nothing of it.
    const other = createDatabase(server.url)
    onTestFinished(() => other.close())
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let locked = () => {}
    const isLocked = new Promise<void>((resolve) => {
      locked = resolve
    })
    const locking = other.transaction(async (tx) => {
      await tx.query("SELECT * FROM test.queue_once WHERE name LIKE 'mark:%' FOR UPDATE")
      locked()
      await held
    })
    await isLocked
    const error = (await failure(store.push([envelope('q', '"once"')]))) as PushOutcomeUnknown
    expect(error).toBeInstanceOf(PushOutcomeUnknown)
    letGo()
    await locking
    await error.retry()
    expect(await server.sql('SELECT payload FROM test.jobs WHERE payload = \'"once"\'')).toHaveLength(1)
  })

  it('and reaches the server only when it was pushed anew stores nothing', async () => {
    const { server, proxy, url } = await behindProxy()
    const store = await openMysql(url, { dsn: { url, deadlineMs: 500 } })
    await store.push([envelope('q', '"before"')])
    const holding = proxy.holdRequest('COMMIT', 'COMMIT')
    const [id] = await store.push([envelope('q', '"once"')])
    const arrive = await holding
    arrive()
    const open = async () => (await server.sql('SELECT 1 FROM information_schema.innodb_trx')).length
    const seldom = { interval: 200 } // The server lists anew only what nobody asked for in the last tenth of a second.
    await expect.poll(open, seldom).toBe(1) // It came, was refused, and is not rolled back: nobody hangs up.
    const stored = () => server.sql('SELECT id FROM test.jobs WHERE payload = \'"once"\'')
    expect(await stored()).toEqual([{ id: Number(id) }])
    await server.killConnections()
    await expect.poll(open, seldom).toBe(0)
    expect(await stored()).toEqual([{ id: Number(id) }])
    expect(await store.push([envelope('q')])).toHaveLength(1)
  })

  it('tells the ids of all its jobs', async () => {
    const { server, proxy, url } = await behindProxy()
    const store = await openMysql(url, { dsn: { url, deadlineMs: 500 } })
    await store.push([envelope('q', '"before"')])
    void proxy.dropReplies('COMMIT')
    const ids = await store.push([1, 2, 3].map((n) => envelope('q', `${n}`)))
    const rows = await server.sql('SELECT id FROM test.jobs WHERE payload IN (1, 2, 3) ORDER BY payload')
    expect(rows.map((row) => String(row.id))).toEqual(ids)
    void proxy.dropReplies('COMMIT')
    const mixed = await store.push([envelope('q', '"a"'), envelope('other', '"b"')])
    const found = await server.sql(
      'SELECT id FROM test.jobs WHERE payload IN (\'"a"\', \'"b"\') ORDER BY payload',
    )
    expect(found.map((row) => String(row.id))).toEqual(mixed)
  })
})

it('a push is one round trip', async () => {
  const { proxy, url } = await behindProxy()
  const store = await openMysql(url)
  await store.push([envelope('q')])
  const before = proxy.requests
  await store.push([envelope('q'), envelope('q')])
  expect(proxy.requests).toBe(before + 1)
})

describe('a settlement whose answer is lost', () => {
  it('was carried out or not, and when it is sent again nothing is done twice', async () => {
    const { server, proxy, url } = await behindProxy()
    const store = await openMysql(url, { dsn: { url, deadlineMs: 500 } })
    for (const lose of ['the reply', 'the request']) {
      await store.push([envelope('q', `"${lose}"`)])
      const [job] = await store.reserve(request('q'))
      void (lose === 'the reply' ? proxy.dropReplies('COMMIT') : proxy.loseRequest('COMMIT'))
      const error = await failure(store.settle([deletion(job!)]))
      expect(store.isTransient(error)).toBe(true)
      const refused = await store.settle([deletion(job!)])
      expect(refused).toHaveLength(lose === 'the reply' ? 1 : 0)
    }
    expect(await server.sql('SELECT * FROM test.jobs')).toEqual([])
  })
})

describe('a worker', () => {
  it('goes on when its server was restarted in the middle, with every job done and none failed', {
    timeout: 60_000,
  }, async () => {
    const { server, url } = await behindProxy()
    const store = await openMysql(url, { dsn: { url, connectMs: 1_000 } })
    const client = clientOf(store)
    for (let n = 0; n < 200; n++) await client.push('Job1', { n })
    let restarting: Promise<void> | undefined
    const { runs, heard, errors } = await work(store, {
      stopWhenEmpty: false,
      concurrency: 4,
      maxJobs: 200,
      sleepMs: 500,
      hear: ({ name }) => {
        if (name === 'job:processed') restarting ??= server.restart()
      },
    })
    await restarting
    expect(errors).toEqual([])
    const done = new Set(runs.map(({ data }) => (data as { n: number }).n))
    expect(done.size).toBeGreaterThanOrEqual(190)
    expect(heard.map(({ name }) => name)).toContain('store:down')
    expect(heard.map(({ name }) => name)).toContain('store:up')
    const left = await store.size('default')
    expect(done.size + left.ready + left.reserved).toBeGreaterThanOrEqual(200)
    expect(await store.failed.all()).toEqual([])
  })

  it('sleeps through wait_timeout and KILL CONNECTION, and takes the next job as if nothing had been', {
    timeout: 60_000,
  }, async () => {
    const { server, url } = await behindProxy(['--wait-timeout=1'])
    const store = await openMysql(url)
    const producer = clientOf(await openMysql(server.url))
    let idle = 0
    const { runs, heard } = await work(store, {
      stopWhenEmpty: false,
      maxJobs: 2,
      sleepMs: 1_500,
      hear: ({ name }) => {
        if (name !== 'worker:idle') return
        idle++
        if (idle === 2) void producer.push('Job1', { n: 1 })
        if (idle === 4) void server.killConnections().then(() => producer.push('Job1', { n: 2 }))
      },
    })
    expect(runs).toHaveLength(2)
    expect(heard.filter(({ name }) => name === 'job:error')).toEqual([])
  })

  it('of a read-only server waits until it may write again', { timeout: 60_000 }, async () => {
    const { server, proxy } = await behindProxy()
    await server.sql('CREATE USER worker; GRANT ALL ON test.* TO worker')
    const url = server.urlOf('worker', proxy.port)
    const store = await openMysql(url)
    await clientOf(store).push('Job1', { n: 1 })
    await server.sql('SET GLOBAL read_only = 1')
    const { runs, heard } = await work(store, {
      stopWhenEmpty: false,
      maxJobs: 1,
      sleepMs: 200,
      hear: ({ name }) => {
        if (name === 'store:down') void server.sql('SET GLOBAL read_only = 0')
      },
    })
    expect(runs).toHaveLength(1)
    expect(heard.map(({ name }) => name)).toContain('store:up')
  })
})

it('a payload larger than the server takes is refused at push, in a batch too, and nothing of it is stored', async () => {
  const { server, url } = await behindProxy(['--max-allowed-packet=1M'])
  const store = await openMysql(url)
  const large = envelope('q', `"${'x'.repeat(1_100_000)}"`)
  const error = await failure(store.push([envelope('q', '"small"'), large]))
  expect(error).toMatchObject({ code: 'TOO_LARGE' })
  expect(store.isTransient(error)).toBe(false)
  expect(await server.sql('SELECT * FROM test.jobs')).toEqual([])
  const bodies = Array.from({ length: 40 }, (_, n) => `"${n}${'x'.repeat(100_000)}"`)
  const ids = await store.push(bodies.map((body) => envelope('q', body)))
  expect(new Set(ids).size).toBe(40)
  const taken = await store.reserve(request('q', undefined, 40))
  expect(taken.map(({ id, body }) => [id, body])).toEqual(ids.map((id, at) => [id, bodies[at]]))
})
