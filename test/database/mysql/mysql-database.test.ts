import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/database/index.ts'
import { numbersTo } from '../../mysql-data.ts'
import { type SomeMysql, someMysql } from '../../mysql-server.ts'
import { testProxy } from '../../tcp-proxy.ts'
import { applicationDatabase, Gate, queueDatabase } from './mysql-rig.ts'

let some: SomeMysql
beforeAll(async () => {
  some = await someMysql()
  await some.sql(
    'CREATE TABLE things (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20), n BIGINT, b BLOB) CHARSET utf8mb4',
  )
})
afterAll(() => some.stop())

async function emptied(): Promise<Database> {
  await some.sql('TRUNCATE things')
  return applicationDatabase(some.url)
}

describe('statements', () => {
  it('values go in and come out as they were', async () => {
    const database = await emptied()
    const bytes = new Uint8Array([0, 1, 39, 92, 255])
    const name = `it's "a" \\ ? \0 \n 😀`
    const effect = await database.execute('INSERT INTO things (name, n, b) VALUES (?, ?, ?)', [
      name,
      2n ** 63n - 1n,
      bytes,
    ])
    expect(effect).toEqual({ affectedRows: 1, insertId: 1 })
    const [row] = await database.query('SELECT name, n, b, 1.50 AS d, NULL AS nothing FROM things')
    expect(row).toEqual({ name, n: 2n ** 63n - 1n, b: Buffer.from(bytes), d: '1.50', nothing: null })
    await database.execute('UPDATE things SET n = ?, name = ?', [7, null])
    expect(await database.query('SELECT n, name, TRUE AS yes FROM things WHERE n = ?', [7n])).toEqual([
      { n: 7, name: null, yes: 1 },
    ])
  })

  it('a question mark in a text is no place for a value', async () => {
    const database = await emptied()
    expect(await database.query(`SELECT '?' AS a, ? AS b /* ? */`, [1])).toEqual([{ a: '?', b: 1 }])
  })

  it.each([[new Date()], [{ a: 1 }], [[1]], [NaN], [undefined], [2n ** 65n]])(
    'a value of %s is refused before anything is sent',
    async (value) => {
      const database = applicationDatabase('mysql://nobody@127.0.0.1:1/none')
      await expect(database.query('SELECT ?', [value as never])).rejects.toMatchObject({ code: 'PARAMETER' })
    },
  )

  it('several statements in one are refused by the server, and nothing is done', async () => {
    const database = await emptied()
    const two = "INSERT INTO things (name) VALUES ('a'); DELETE FROM things"
    await expect(database.execute(two)).rejects.toMatchObject({ code: 'SQL', transient: false })
    expect(await database.query('SELECT * FROM things')).toEqual([])
  })

  it('a session without backslash escapes is set right, so that a text cannot end its quotes', async () => {
    const database = await emptied()
    const [{ old }] = (await some.sql('SELECT @@GLOBAL.sql_mode AS old')) as [{ old: string }]
    await some.sql("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES'")
    try {
      const evil = "\\' OR 1=1 -- "
      expect(await database.query('SELECT ? AS a', [evil])).toEqual([{ a: evil }])
    } finally {
      await some.sql('SET GLOBAL sql_mode = ?', [old])
    }
  })

  it('a text that does not fit is refused, whatever mode the server has', async () => {
    const database = await emptied()
    const long = database.execute('INSERT INTO things (name) VALUES (?)', ['x'.repeat(21)])
    await expect(long).rejects.toMatchObject({ code: 'SQL', transient: false })
  })

  it('rows are streamed one by one, and a stream that is left early harms nobody', async () => {
    const database = await emptied()
    await database.execute(`INSERT INTO things (n) SELECT seq FROM ${numbersTo(5_000)}`)
    let sum = 0
    for await (const { n } of database.stream<{ n: number }>('SELECT n FROM things WHERE n > ?', [10]))
      sum += n
    expect(sum).toBe((5000 * 5001) / 2 - 55)
    for await (const row of database.stream('SELECT a.n FROM things a, things b')) {
      expect(row).toEqual({ n: expect.any(Number) })
      break
    }
    const bad = async () => {
      for await (const row of database.stream('SELECT nonsense FROM things')) expect(row).toBeUndefined()
    }
    await expect(bad()).rejects.toMatchObject({ code: 'SQL' })
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('location is the server and the database, by whatever address it was reached', async () => {
    const [one, two] = [
      applicationDatabase(some.url),
      applicationDatabase(some.url.replace('127.0.0.1', 'localhost')),
    ]
    expect(one.location).toBe(some.url.replace(/\/\/[^@]*@/, '//'))
    expect(await one.locate()).toMatch(/^mysql:.+\/thinkq_test/)
    expect(await two.locate()).toBe(await one.locate())
    expect(one.location).toBe(await one.locate())
  })
})

describe('transactions', () => {
  it.each(['application', 'queue'])(
    'commit what they did, and roll back when the function throws (%s)',
    async (purpose) => {
      await emptied()
      const database = purpose === 'queue' ? queueDatabase(some.url) : applicationDatabase(some.url)
      const told: string[] = []
      const id = await database.transaction(async (tx) => {
        tx.afterCommit(() => void told.push('committed'))
        const { insertId } = await tx.execute("INSERT INTO things (name) VALUES ('kept')")
        expect(await database.query('SELECT * FROM things')).toEqual([])
        return insertId
      })
      const failing = database.transaction(async (tx) => {
        tx.afterCommit(() => void told.push('never'))
        await tx.execute("INSERT INTO things (name) VALUES ('undone')")
        throw new Error('mine')
      })
      await expect(failing).rejects.toThrow(/^mine$/)
      expect(await database.query('SELECT id, name FROM things')).toEqual([{ id, name: 'kept' }])
      expect(told).toEqual(['committed'])
    },
  )

  it('are READ COMMITTED', async () => {
    const database = await emptied()
    await database.transaction(async (tx) => {
      expect(await tx.query('SELECT * FROM things')).toEqual([])
      await database.execute("INSERT INTO things (name) VALUES ('from outside')")
      expect(await tx.query('SELECT name FROM things')).toEqual([{ name: 'from outside' }])
    })
  })

  it.each(['BEGIN', 'start transaction', ' /* x */ COMMIT', 'ROLLBACK'])(
    'cannot be written as SQL: %s',
    async (sql) => {
      const database = await emptied()
      await expect(database.execute(sql)).rejects.toThrow(/use transaction/)
      await expect(database.transaction((tx) => tx.execute(sql))).rejects.toThrow(/use transaction/)
    },
  )

  it('a statement that commits by itself is told, and nothing may follow it', async () => {
    const database = await emptied()
    const failing = database.transaction(async (tx) => {
      await tx.execute("INSERT INTO things (name) VALUES ('a')")
      await tx.execute('CREATE TABLE by_the_way (n INT)').catch(() => undefined)
      await tx.execute("INSERT INTO things (name) VALUES ('b')")
    })
    await expect(failing).rejects.toThrow(/CREATE committed the transaction/)
    expect(await database.query('SELECT name FROM things')).toEqual([{ name: 'a' }])
  })

  it('are over when their function has ended', async () => {
    const database = await emptied()
    const kept = await database.transaction(async (tx) => tx)
    await expect(kept.query('SELECT 1')).rejects.toMatchObject({ code: 'TRANSACTION_OVER' })
  })

  it('what is sent in one tick, and what was deferred before, is one round trip', async () => {
    await emptied()
    const proxy = await testProxy(Number(new URL(some.url).port || 3306))
    const database = queueDatabase(some.url.replace(/:\d+\//, `:${proxy.port}/`))
    await database.query('SELECT 1')
    const before = proxy.requests
    await database.transaction(async (tx) => {
      const [effect, rows] = await Promise.all([
        tx.execute("INSERT INTO things (name) VALUES ('a'), ('b')"),
        tx.query('SELECT name FROM things'),
      ])
      expect(effect).toEqual({ affectedRows: 2, insertId: 1 })
      expect(rows).toEqual([{ name: 'a' }, { name: 'b' }])
      await tx.defer("UPDATE things SET name = 'c' WHERE name = 'a'")
    })
    expect(proxy.requests).toBe(before + 2)
    expect(await database.query('SELECT name FROM things')).toEqual([{ name: 'c' }, { name: 'b' }])
  })

  it('a deferred statement that fails undoes the transaction', async () => {
    await emptied()
    const database = queueDatabase(some.url)
    const failing = database.transaction(async (tx) => {
      await tx.execute("INSERT INTO things (name) VALUES ('a')")
      await tx.defer('INSERT INTO nowhere VALUES (1)')
    })
    await expect(failing).rejects.toMatchObject({ code: 'SQL' })
    expect(await database.query('SELECT name FROM things')).toEqual([])
  })
})

it('closing waits for a transaction under way, and later calls reject', async () => {
  const database = await emptied()
  const [begun, gate] = [new Gate(), new Gate()]
  const open = database.transaction(async (tx) => {
    await tx.execute("INSERT INTO things (name) VALUES ('in time')")
    begun.open()
    await gate.opened
  })
  await begun.opened
  const closing = database.close()
  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'CLOSED', transient: false })
  gate.open()
  await open
  await closing
  expect(await some.sql('SELECT name FROM things')).toEqual([{ name: 'in time' }])
})
