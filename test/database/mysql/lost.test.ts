import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isConnectionLost } from '../../../src/database/index.ts'
import { numbersTo } from '../../mysql-data.ts'
import { type MysqlServer, testMysql } from '../../mysql-server.ts'
import { type TcpProxy, testProxy } from '../../tcp-proxy.ts'
import { applicationDatabase, Gate, queueDatabase } from './mysql-rig.ts'

async function behindProxy(): Promise<{ server: MysqlServer; proxy: TcpProxy; url: string }> {
  const server = await testMysql({ durable: true })
  await server.sql('CREATE TABLE test.notes (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(50))')
  const proxy = await testProxy(server.port)
  return { server, proxy, url: server.urlOf('root', proxy.port) }
}

const insert = (text: string) => [`INSERT INTO notes (text) VALUES (?)`, [text]] as const
const texts = async (server: MysqlServer) =>
  (await server.sql('SELECT text FROM test.notes ORDER BY id')).map(({ text }) => text)
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('13: a connection that is gone when it is needed', () => {
  it('after wait_timeout is made anew, and nobody notices', async () => {
    const server = await testMysql({ flags: ['--wait-timeout=1'] })
    const database = applicationDatabase(server.url)
    const before = await database.query('SELECT CONNECTION_ID() AS id')
    const closed = async () => (await server.connections()).length === 0
    while (!(await closed())) await new Promise((resolve) => setTimeout(resolve, 50))
    const after = await database.query('SELECT CONNECTION_ID() AS id')
    expect(after).not.toEqual(before)
    await database.transaction(async (tx) => expect(await tx.query('SELECT 1 AS one')).toEqual([{ one: 1 }]))
  })

  it.each(['KILL CONNECTION', 'a restart'])('after %s is made anew, and nobody notices', async (how) => {
    const { server, url } = await behindProxy()
    const database = applicationDatabase(url)
    await Promise.all([1, 2, 3].map((n) => database.query('SELECT SLEEP(0.05), ? AS n', [n])))
    if (how === 'a restart') await server.restart()
    else await server.killConnections()
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    await server.killConnections()
    await database.transaction((tx) => tx.execute(...insert('kept')))
    expect(await texts(server)).toEqual(['kept'])
  })

  it('whose loss is only seen when the statement is on its way is repeated once', async () => {
    const { server, proxy, url } = await behindProxy()
    const database = applicationDatabase(url)
    await database.query('SELECT 1')
    void proxy.loseRequest('the first')
    await database.execute(...insert('the first'))
    expect(await texts(server)).toEqual(['the first'])
    expect(proxy.accepted).toBe(2)
  })

  it('is not repeated with breakReconnect: false, nor more than once', async () => {
    const { server, proxy, url } = await behindProxy()
    const strict = applicationDatabase(url, { breakReconnect: false })
    await strict.query('SELECT 1')
    void proxy.loseRequest('lost')
    expect(await failure(strict.execute(...insert('lost')))).toMatchObject({
      code: 'CONNECTION_LOST',
      transient: true,
    })
    const database = applicationDatabase(url)
    await database.query('SELECT 1')
    void proxy.loseRequest('again')
    void proxy.loseRequest((request) => request.includes('again') && proxy.accepted > 2)
    const error = await failure(database.execute(...insert('again')))
    expect(error).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(isConnectionLost(error)).toBe(true)
    expect(await texts(server)).toEqual([])
  })

  it('in a black hole is given up after two seconds of idling, not after the deadline of the statement', async () => {
    const { proxy, url } = await behindProxy()
    const database = applicationDatabase(url)
    await database.query('SELECT 1')
    await new Promise((resolve) => setTimeout(resolve, 1_100)) // Until it counts as idle.
    proxy.blackHole(true)
    proxy.blackHole(false)
    const begun = performance.now()
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(performance.now() - begun).toBeLessThan(8_000)
  })
})

describe('14: a connection lost inside a transaction', () => {
  it('fails the transaction: no statement of it is repeated, and none after it is sent', async () => {
    const { server, proxy, url } = await behindProxy()
    const database = applicationDatabase(url)
    const failing = database.transaction(async (tx) => {
      await tx.execute(...insert('before'))
      void proxy.loseRequest('lost')
      await tx.execute(...insert('lost')).catch(() => undefined)
      await tx.execute(...insert('after')).catch(() => undefined)
    })
    expect(await failure(failing)).toMatchObject({ code: 'CONNECTION_LOST' })
    expect(await texts(server)).toEqual([])
  })

  it('is run again as a whole where the caller says so', async () => {
    const { server, proxy, url } = await behindProxy()
    const database = queueDatabase(url)
    let runs = 0
    void proxy.loseRequest('second')
    await database.transaction(
      async (tx) => {
        runs++
        await tx.execute(...insert('first'))
        await tx.execute(...insert('second'))
      },
      { repeat: true },
    )
    expect(runs).toBe(2)
    expect(await texts(server)).toEqual(['first', 'second'])
  })
})

describe('15: a connection lost at COMMIT', () => {
  it.each(['drop the reply', 'lose the request'])('is never repeated: nobody knows (%s)', async (how) => {
    const { server, proxy, url } = await behindProxy()
    const database = applicationDatabase(url, { deadlineMs: 500 })
    let runs = 0
    const failing = database.transaction(
      async (tx) => {
        runs++
        await tx.execute(...insert('perhaps'))
        void (how === 'drop the reply' ? proxy.dropReplies('COMMIT') : proxy.loseRequest('COMMIT'))
      },
      { repeat: true },
    )
    const error = await failure(failing)
    expect(error).toMatchObject({ code: 'COMMIT_UNKNOWN', transient: true })
    expect(isConnectionLost(error)).toBe(true)
    expect(runs).toBe(1)
    expect(await texts(server)).toEqual(how === 'drop the reply' ? ['perhaps'] : [])
  })
})

describe('17: a query that never returns', () => {
  it('ends at its deadline with its connection, and is not repeated', async () => {
    const { server, url } = await behindProxy()
    const database = applicationDatabase(url, { deadlineMs: 300 })
    await database.query('SELECT 1')
    const begun = performance.now()
    expect(await failure(database.query('SELECT SLEEP(30)'))).toMatchObject({
      code: 'TIMEOUT',
      transient: true,
    })
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(database.reopened).toBe(1)
    await server.killConnections()
  })

  it('also when the server stands still, and in a stream', async () => {
    const { server, url } = await behindProxy()
    const database = applicationDatabase(url, { deadlineMs: 300 })
    await server.sql(`USE test; INSERT INTO notes (text) SELECT seq FROM ${numbersTo(2_000)}`)
    const reading = async () => {
      for await (const { id } of database.stream<{ id: number }>('SELECT a.id FROM notes a, notes b'))
        if (id === 5) server.pause()
    }
    expect(await failure(reading())).toMatchObject({ code: 'UNAVAILABLE' })
    expect(await failure(applicationDatabase(url, { connectMs: 300 }).query('SELECT 1'))).toMatchObject({
      code: 'CONNECTION_LOST',
    })
    server.resume()
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('an answer that came while the event loop was blocked is no time-out', async () => {
    const { server } = await behindProxy()
    const database = applicationDatabase(server.url, { deadlineMs: 200 })
    await database.query('SELECT 1')
    const asking = database.query('SELECT 1 AS one')
    await new Promise((resolve) => setImmediate(resolve))
    for (const until = performance.now() + 600; performance.now() < until; );
    expect(await asking).toEqual([{ one: 1 }])
  })
})

describe('18: deadlocks and lock waits', () => {
  async function crossing(repeat: boolean) {
    const { server, url } = await behindProxy()
    await server.sql("INSERT INTO test.notes (text) VALUES ('a'), ('b')")
    const database = applicationDatabase(url)
    const [one, two] = [new Gate(), new Gate()]
    let runs = 0
    const run = (first: number, second: number, mine: Gate, theirs: Gate) =>
      database.transaction(
        async (tx) => {
          runs++
          await tx.execute("UPDATE notes SET text = CONCAT(text, '.') WHERE id = ?", [first])
          mine.open()
          await theirs.opened
          await tx.execute("UPDATE notes SET text = CONCAT(text, '.') WHERE id = ?", [second])
        },
        { repeat },
      )
    const results = await Promise.allSettled([run(1, 2, one, two), run(2, 1, two, one)])
    return { results, runs, texts: await texts(server) }
  }

  it('a deadlock undoes one of two and is told, unless the transaction may be repeated: then both succeed', async () => {
    const told = await crossing(false)
    const errors = told.results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(errors).toMatchObject([{ code: 'DEADLOCK', transient: true }])
    expect(told.texts).toEqual(['a.', 'b.'])
    const repeated = await crossing(true)
    expect(repeated.results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    expect(repeated).toMatchObject({ runs: 3, texts: ['a..', 'b..'] })
  }, 60_000)

  it('a lock that does not come free within busyMs is told as busy', async () => {
    const { server, url } = await behindProxy()
    await server.sql("INSERT INTO test.notes (text) VALUES ('a')")
    await server.sql('START TRANSACTION; UPDATE test.notes SET text = 1')
    const database = applicationDatabase(url, { busyMs: 1_000 })
    const error = await failure(database.execute("UPDATE notes SET text = 'b'"))
    expect(error).toMatchObject({ code: 'BUSY', transient: true })
    expect(isConnectionLost(error)).toBe(false)
  })

  it('an error of the caller is never repeated, and a conflict at most ten times', async () => {
    const { url } = await behindProxy()
    const database = applicationDatabase(url)
    let runs = 0
    const own = database.transaction(
      async () => {
        runs++
        throw Object.assign(new Error('mine'), { code: 'DEADLOCK', errno: 1213 })
      },
      { repeat: true },
    )
    await expect(own).rejects.toThrow('mine')
    expect(runs).toBe(1)
    const signalled = database.transaction(
      async (tx) => {
        runs++
        await tx.execute("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'as a deadlock'")
      },
      { repeat: true },
    )
    expect(await failure(signalled)).toMatchObject({ code: 'DEADLOCK' })
    expect(runs).toBe(1 + 11)
  }, 60_000)
})

describe('19: too many connections', () => {
  it('is an error that passes, and says so', async () => {
    const server = await testMysql({ flags: ['--max-connections=10'] })
    await server.sql('CREATE USER worker; GRANT ALL ON test.* TO worker')
    const hogs = Array.from({ length: 12 }, () => applicationDatabase(server.urlOf('worker')))
    const errors = await Promise.all(hogs.map((each) => failure(each.query('SELECT SLEEP(0.3)'))))
    const refused = errors.filter((error) => error !== undefined)
    expect(refused.length).toBeGreaterThan(0)
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'UNAVAILABLE', transient: true })
      expect(isConnectionLost(error)).toBe(true)
    }
  })

  it('does not come from a worker: the queue has two at most, and more callers wait', async () => {
    const server = await testMysql()
    const database = queueDatabase(server.url)
    await Promise.all(Array.from({ length: 20 }, () => database.query('SELECT SLEEP(0.01)')))
    expect(await server.connections()).toHaveLength(2)
  })

  it('a pool whose connections are all in use says so in time', async () => {
    const { url } = await behindProxy()
    const database = applicationDatabase(url, { connections: 1, connectMs: 200 })
    const stuck = database.transaction(async () => database.query('SELECT 1'))
    const error = await failure(stuck)
    expect(error).toMatchObject({ code: 'BUSY' })
    expect(String(error)).toMatch(/use tx/)
  })
})

describe('20: a server that is read-only', () => {
  it('is left, whoever notices: the next statement resolves the address anew', async () => {
    const primary = await testMysql()
    const replica = await testMysql()
    for (const server of [primary, replica]) {
      await server.sql('CREATE TABLE test.notes (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(50))')
      await server.sql('CREATE USER worker; GRANT ALL ON test.* TO worker')
    }
    const proxy = await testProxy(replica.port)
    await replica.sql('SET GLOBAL read_only = 1')
    const database = applicationDatabase(replica.urlOf('worker', proxy.port))
    for (const attempt of [
      () => database.execute(...insert('x')),
      () => database.transaction((tx) => tx.execute(...insert('x'))),
    ]) {
      const error = await failure(attempt())
      expect(error).toMatchObject({ code: 'READONLY', transient: true })
      expect(isConnectionLost(error)).toBe(true)
      await expect.poll(() => proxy.connections).toBe(0)
    }
    proxy.target = primary.port
    await database.execute(...insert('kept'))
    expect(await texts(primary)).toEqual(['kept'])
  })
})

describe('21: a statement larger than max_allowed_packet', () => {
  it('is refused before it is sent, by its size, and is no lost connection', async () => {
    const server = await testMysql({ flags: ['--max-allowed-packet=1M'] })
    const database = applicationDatabase(server.url)
    await database.query('SELECT 1')
    const error = await failure(database.query('SELECT LENGTH(?)', ['x'.repeat(1_100_000)]))
    expect(error).toMatchObject({ code: 'TOO_LARGE', transient: false })
    expect(String(error)).toMatch(/larger than max_allowed_packet of the server, 1048576/)
    expect(isConnectionLost(error)).toBe(false)
    expect(database.reopened).toBe(0)
  })
})

describe('what counts as a lost connection', () => {
  it('an ECONNRESET out of fetch does not', async () => {
    const http = createServer((request) => request.socket.resetAndDestroy())
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void http.close())
    const error = await failure(fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}`))
    expect((error as { cause?: { code?: string } }).cause?.code).toMatch(/ECONNRESET|UND_ERR_SOCKET/)
    expect(isConnectionLost(error)).toBe(false)
  })

  it.each([
    [{ code: 'ECONNRESET' }, false],
    [{ code: 'ECONNRESET', errno: -104, syscall: 'read' }, false],
    [{ code: 'ETIMEDOUT', fatal: false }, false],
    [{ code: 'ECONNRESET', errno: -104, fatal: true }, true],
    [{ code: 'PROTOCOL_CONNECTION_LOST', fatal: true }, true],
    [{ code: 'PROTOCOL_CONNECTION_LOST' }, false],
    [{ errno: 4031, sqlState: 'HY000' }, true],
    [{ errno: 1927, sqlState: '70100' }, true],
    [{ errno: 2006, sqlState: 'HY000' }, true],
    [{ errno: 2013, sqlState: 'HY000' }, true],
    [{ errno: 1836, sqlState: 'HY000' }, true],
    [{ errno: 1792, sqlState: '25006' }, true],
    [{ errno: 1040, sqlState: '08004' }, true],
    [{ errno: 1153, sqlState: '08S01' }, false],
    [{ errno: 2006 }, false],
    [{ errno: 45_009, sqlState: '08S01', fatal: true }, true],
    [{ errno: 1213, sqlState: '40001' }, false],
    [{ errno: 1045, sqlState: '28000', fatal: true }, false],
    [
      {
        errno: 1290,
        sqlState: 'HY000',
        message: 'The MariaDB server is running with the --read-only option',
      },
      true,
    ],
    [{ errno: 1290, sqlState: 'HY000', message: 'The --secure-file-priv option' }, false],
    [{ message: 'MySQL server has gone away' }, false],
    [{ name: 'StoreError', code: 'CONNECTION_LOST', transient: true }, true],
    [{ name: 'StoreError', code: 'CONNECTION_LOST' }, false],
    [{ name: 'StoreError', code: 'DEADLOCK', transient: true }, false],
  ])('%j: %s', (fields, isLost) => {
    const error = Object.assign(new Error('an error'), fields)
    expect(isConnectionLost(error)).toBe(isLost)
    expect(isConnectionLost(new Error('wrapped', { cause: error }))).toBe(isLost)
  })

  it('what is no error does not, nor a chain of causes that bites its own tail', () => {
    const circle = new Error('circle')
    circle.cause = circle
    for (const thrown of [undefined, null, 'ECONNRESET', 7, circle])
      expect(isConnectionLost(thrown)).toBe(false)
  })
})
