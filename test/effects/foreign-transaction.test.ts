import LibSql from 'libsql'
import mysqlCallbacks from 'mysql2'
import mysql from 'mysql2/promise'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import type { PullConnector } from '../../src/contract/connector.ts'
import type { Job } from '../../src/contract/job.ts'
import { databaseOf } from '../../src/database/create.ts'
import { type EffectsPlace, effectsIn } from '../../src/database/effects/effects-in.ts'
import { rowsIn } from '../../src/database/foreign-rows.ts'
import { givenTransaction } from '../../src/database/given-transaction.ts'
import { envelope, openStore, tempFile } from '../connectors/database-store.ts'
import { Tables } from '../connectors/mysql/mysql-store.ts'
import { counts, RedisRig } from '../connectors/redis/redis-rig.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())

/** Another library's transaction: begun, committed and rolled back by its own means. */
interface Theirs {
  /** What a job gives to `onceIn` and `deleteIn`. */
  readonly tx: { execute(sql: string, params: unknown[]): unknown }
  run(sql: string): Promise<unknown>
}

interface Place {
  readonly store: PullConnector
  readonly theirs: Theirs
  readonly place?: EffectsPlace
}

async function connection() {
  const made = await mysql.createConnection(tables.url)
  onTestFinished(() => made.end())
  return made
}

const mysqlTx = async (): Promise<Theirs> => {
  const tx = await connection()
  return { tx: tx as unknown as Theirs['tx'], run: (sql) => tx.query(sql) }
}

/** As better-sqlite3 is used: one call for rows, another for changes. */
function sqliteTx(file: string): Theirs {
  const db = new LibSql(file)
  onTestFinished(() => void db.close())
  const execute = async (sql: string, params: unknown[]) => {
    const statement = db.prepare(sql)
    return statement.reader ? statement.all(...params) : statement.run(...params)
  }
  return { tx: { execute }, run: async (sql) => db.exec(sql) }
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  'a connection of mysql2, in the database of the jobs': async () => ({
    store: await tables.open(),
    theirs: await mysqlTx(),
  }),
  'one with callbacks': async () => {
    const tx = mysqlCallbacks.createConnection(tables.url)
    onTestFinished(() => tx.destroy())
    return {
      store: await tables.open(),
      theirs: { tx: tx as unknown as Theirs['tx'], run: (sql) => tx.promise().query(sql) },
    }
  },
  'an adapter that answers rows or a header alone, as TypeORM': async () => {
    const made = await connection()
    const execute = async (sql: string, params: unknown[]) => (await made.query(sql, params))[0]
    return { store: await tables.open(), theirs: { tx: { execute }, run: (sql) => made.query(sql) } }
  },
  'an adapter that answers rows, and of changes nothing': async () => {
    const made = await connection()
    const execute = async (sql: string, params: unknown[]) => {
      const [rows] = await made.query(sql, params)
      return { rows: Array.isArray(rows) ? rows : [] }
    }
    return { store: await tables.open(), theirs: { tx: { execute }, run: (sql) => made.query(sql) } }
  },
  'another client of the SQLite file of the jobs': async () => {
    const file = tempFile()
    return { store: await openStore(file), theirs: sqliteTx(file) }
  },
  'a connection of mysql2, with the jobs elsewhere': async () => {
    const database = databaseOf({ url: tables.url }, 'queue')
    onTestFinished(() => database.close())
    const place = { prefix: tables.prefix, database }
    return { store: new MemoryConnector(), theirs: await mysqlTx(), place }
  },
  'an SQLite file, with the jobs elsewhere': async () => ({
    store: new MemoryConnector(),
    theirs: sqliteTx(tempFile()),
  }),
}
const onTheStore = Object.keys(places).filter((name) => !name.includes('elsewhere'))

/** A job that pays in a transaction of another library. */
async function paying(
  { store, theirs, place }: Place,
  work: (job: Job, pay: () => Promise<unknown>) => Promise<unknown>,
) {
  const table = `${tables.prefix}payments`
  await theirs.run(`CREATE TABLE ${table} (n INTEGER)`)
  const { execute } = givenTransaction(theirs.tx)
  const pay = () => execute(`INSERT INTO ${table} VALUES (1)`, [])
  const inTransaction = async (_: unknown, job: Job) => {
    await theirs.run('BEGIN')
    try {
      await work(job, pay)
      await theirs.run('COMMIT')
    } catch (error) {
      await theirs.run('ROLLBACK')
      throw error
    }
  }
  const parts = { effectsIn: (tx: unknown) => effectsIn(tx, place) }
  const rig = new RedisRig(store, inTransaction, { tries: 3, sleepMs: 50, expireMs: 60_000 }, parts)
  await store.push([envelope('default', '{"job":"J","data":{"order":42}}')])
  const paid = async () => {
    const rows = rowsIn(await execute(`SELECT COUNT(*) AS n FROM ${table}`, []))
    return Number(rows?.[0]?.n)
  }
  return { rig, paid }
}

describe.each(Object.keys(places))('onceIn with %s', (name) => {
  test('commits and rolls back with the transaction, and is had once', async () => {
    const place = await places[name]!()
    const answers: boolean[] = []
    let runs = 0
    const { rig, paid } = await paying(place, async (job, pay) => {
      runs++
      answers.push(await job.onceIn(place.theirs.tx, 'pay:42', pay))
      if (runs === 1) throw new Error('undone')
    })
    await rig.nth('job:processed')
    await place.store.push([envelope('default', '{"job":"J","data":{"order":42}}')])
    await rig.nth('job:processed', 2)
    expect(rig.all('job:error').map(({ error }) => error.message)).toEqual(['undone'])
    expect({ answers, paid: await paid() }).toEqual({ answers: [true, true, false], paid: 1 })
  })
})

describe.each(onTheStore)('deleteIn with %s', (name) => {
  test('deletes the job with the commit, and leaves it with a rollback', async () => {
    const place = await places[name]!()
    const { rig, paid } = await paying(place, async (job, pay) => {
      await pay()
      await job.deleteIn(place.theirs.tx)
      if (job.attempts < 3) throw new Error('undone')
    })
    expect(await rig.nth('job:processed')).toMatchObject({ attempts: 3, outcome: 'deleted' })
    expect(rig.all('job:error').map(({ error }) => error.message)).toEqual(['undone', 'undone'])
    expect(rig.all('job:lost')).toEqual([])
    expect(await counts(place.store)).toEqual([0, 0, 0, 0])
    expect(await paid()).toBe(1)
  })
})

test('two of mysql2’s transactions with pictures of their own pay once, though the second began before the first committed', async () => {
  const store = await tables.open()
  const [one, two] = [await connection(), await connection()]
  const effect = { key: 'pay', jobId: '1', digest: 'D', keepMs: null }
  for (const each of [one, two]) {
    await each.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    await each.query('START TRANSACTION WITH CONSISTENT SNAPSHOT')
    await each.query(`SELECT * FROM ${tables.jobs}`)
  }
  const first = (await store.effectsIn!(one))!
  expect(await first.note({ ...effect, mark: 'a' }, 'done')).toBe('new')
  await one.commit()
  const second = (await store.effectsIn!(two))!
  expect(await second.note({ ...effect, mark: 'b' }, 'done')).toBe('done')
  await two.rollback()
})
