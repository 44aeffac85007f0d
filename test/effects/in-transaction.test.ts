import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryConnector } from '../../src/connectors/memory/index.ts'
import type { PullConnector } from '../../src/contract/connector.ts'
import type { Job } from '../../src/contract/job.ts'
import type { Transaction } from '../../src/database/database.ts'
import { effectsIn } from '../../src/database/effects/effects-in.ts'
import type { Database } from '../../src/database/index.ts'
import { envelope, openStore, tempFile } from '../connectors/database-store.ts'
import { Tables } from '../connectors/mysql/mysql-store.ts'
import { counts, RedisRig } from '../connectors/redis/redis-rig.ts'
import { applicationDatabase } from '../database/mysql/mysql-rig.ts'
import { testMysql } from '../mysql-server.ts'

const tables = new Tables()
beforeEach(() => tables.fresh())

/** A queue, and the application's own way into a database. */
interface Place {
  readonly store: PullConnector
  readonly database: Database
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  async SQLite() {
    const file = tempFile()
    return { store: await openStore(file), database: applicationDatabase(`sqlite:${file}`) }
  },
  async MySQL() {
    return { store: await tables.open(), database: applicationDatabase(tables.url) }
  },
  async 'SQLite, with the queue elsewhere'() {
    const store = new MemoryConnector()
    return { store, database: applicationDatabase(`sqlite:${tempFile()}`) }
  },
}

type Run = (job: Job, pay: (tx: Transaction) => Promise<void>) => Promise<unknown>

/** A job that pays in a transaction, on a worker of its own; what was paid. */
async function paying({ store, database }: Place, run: Run) {
  const table = `${tables.prefix}payments`
  await database.execute(`CREATE TABLE ${table} (n INTEGER)`)
  const pay = async (tx: Transaction) => void (await tx.execute(`INSERT INTO ${table} VALUES (1)`))
  const rig = new RedisRig(store, (_, job) => run(job, pay), { tries: 3, sleepMs: 50 }, { effectsIn })
  await store.push([envelope('default', '{"job":"J","data":{"order":42}}')])
  return { rig, paid: async () => (await database.query(`SELECT n FROM ${table}`)).length }
}

describe.each(Object.keys(places))('onceIn on %s', (name) => {
  test('commits with the transaction: a job that fails after it does not pay again', async () => {
    const place = await places[name]!()
    const answers: boolean[] = []
    const { rig, paid } = await paying(place, async (job, pay) => {
      await place.database.transaction(async (tx) => {
        answers.push(await job.onceIn(tx, 'pay:42', () => pay(tx)))
      })
      if (job.attempts < 3) throw new Error('the mail failed')
    })
    await rig.nth('job:processed')
    expect({ answers, paid: await paid() }).toEqual({ answers: [true, false, false], paid: 1 })
  })

  test('rolls back with the transaction: the next run pays', async () => {
    const place = await places[name]!()
    const { rig, paid } = await paying(place, (job, pay) =>
      place.database.transaction(async (tx) => {
        await job.onceIn(tx, 'pay:42', () => pay(tx))
        if (job.attempts < 3) throw new Error('undone')
      }),
    )
    await rig.nth('job:processed')
    expect(rig.all('job:error')).toHaveLength(2)
    expect(await paid()).toBe(1)
  })

  test('keeps no note of a function that threw, though the transaction commits all the same', async () => {
    const place = await places[name]!()
    const { rig, paid } = await paying(place, async (job, pay) => {
      await place.database.transaction(async (tx) => {
        const attempt = async () => {
          if (job.attempts === 1) throw new Error('refused')
          await pay(tx)
        }
        await job.onceIn(tx, 'pay:42', attempt).catch(() => undefined)
      })
      if (job.attempts === 1) throw new Error('again')
    })
    await rig.nth('job:processed')
    expect(await paid()).toBe(1)
  })

  test('refuses what is no transaction', async () => {
    const place = await places[name]!()
    const { rig } = await paying(place, (job) => job.onceIn(place.database, 'pay:42', () => undefined))
    expect((await rig.nth('job:error')).error).toMatchObject({ code: 'TX_UNUSABLE' })
  })
})

test('two runs of one effect at the same time in MySQL pay once: the second waits for the first', async () => {
  const place = await places.MySQL!()
  await place.database.execute(`CREATE TABLE ${tables.prefix}payments (n INT)`)
  const { store, database } = place
  const effect = { key: 'pay', jobId: '1', digest: 'D', keepMs: null }
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((mark) =>
      database.transaction(async (tx) => {
        const ledger = (await store.effectsIn!(tx))!
        return ledger.note({ ...effect, mark }, 'done')
      }),
    ),
  )
  expect(answers.sort()).toEqual(['done', 'done', 'new'])
})

test('in a MySQL whose queue is elsewhere the table of effects is made beside the transaction', async () => {
  const database = applicationDatabase(tables.url)
  await tables.sql('DROP TABLE IF EXISTS queue_once')
  const { rig, paid } = await paying({ store: new MemoryConnector(), database }, async (job, pay) => {
    await database.transaction(async (tx) => void (await job.onceIn(tx, 'pay:42', () => pay(tx))))
    if (job.attempts < 3) throw new Error('again')
  })
  await rig.nth('job:processed')
  expect(await paid()).toBe(1)
  expect(await tables.sql('SELECT CONVERT(name USING utf8mb4) AS name FROM queue_once')).toEqual([
    { name: 'once:pay:42' },
  ])
})

test('where the table of effects may not be made the error says how to make it', async () => {
  const server = await testMysql()
  await server.sql('CREATE USER shop; GRANT SELECT, INSERT, UPDATE, DELETE ON test.* TO shop')
  await server.sql('CREATE TABLE test.paid (n INT)')
  const database = applicationDatabase(server.urlOf('shop'))
  const store = new MemoryConnector()
  const run = (_: unknown, job: Job) =>
    database.transaction((tx) => job.onceIn(tx, 'pay:42', () => tx.execute('INSERT INTO paid VALUES (1)')))
  const rig = new RedisRig(store, run, { tries: 3, sleepMs: 50 }, { effectsIn })
  await store.push([envelope('default', '{"job":"J","data":""}')])
  const { error } = await rig.nth('job:error')
  expect(error).toMatchObject({ code: 'ONCE_TABLE' })
  const [, ddl] = /denied[\s\S]*run this first:\n([\s\S]*);$/.exec(error.message)!
  await server.sql(`USE test; ${ddl}`)
  await rig.nth('job:processed')
  expect(await server.sql('SELECT n FROM test.paid')).toEqual([{ n: 1 }])
})

describe.each(['SQLite', 'MySQL'])('deleteIn on %s', (name) => {
  test('deletes the job when the transaction commits', async () => {
    const place = await places[name]!()
    const { rig, paid } = await paying(place, (job, pay) =>
      place.database.transaction(async (tx) => {
        await pay(tx)
        await job.deleteIn(tx)
        expect(job.isDeleted).toBe(false)
      }),
    )
    expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'deleted' })
    expect(await counts(place.store)).toEqual([0, 0, 0, 0])
    expect(await paid()).toBe(1)
    expect(rig.all('job:lost')).toEqual([])
  })

  test('leaves the job to be tried again when the transaction rolls back', async () => {
    const place = await places[name]!()
    const { rig, paid } = await paying(place, (job, pay) =>
      place.database.transaction(async (tx) => {
        await pay(tx)
        await job.deleteIn(tx)
        if (job.attempts < 3) throw new Error('undone')
      }),
    )
    expect(await rig.nth('job:processed')).toMatchObject({ attempts: 3, outcome: 'deleted' })
    expect(rig.all('job:error')).toHaveLength(2)
    expect(await paid()).toBe(1)
  })

  test('throws when the lease is lost, so that the work of this run is undone', async () => {
    const place = await places[name]!()
    const { rig, paid } = await paying(place, async (job, pay) => {
      if (job.attempts === 1) {
        const later = Date.now() + 100_000
        const [taken] = await place.store.reserve({
          queues: ['default'],
          limit: 1,
          expireMs: 60_000,
          now: later,
        })
        expect(taken).toMatchObject({ attempts: 2 })
      }
      await place.database.transaction(async (tx) => {
        await pay(tx)
        await job.deleteIn(tx)
      })
    })
    expect((await rig.nth('job:error')).error).toMatchObject({ code: 'LEASE_LOST' })
    await rig.nth('job:lost')
    expect(await paid()).toBe(0)
  })

  test('throws for a job that is released already, and for a transaction of elsewhere', async () => {
    const place = await places[name]!()
    const codes: string[] = []
    const elsewhere = applicationDatabase(`sqlite:${tempFile()}`)
    const codeOf = (database: Database, job: Job) =>
      database
        .transaction((tx) => job.deleteIn(tx))
        .catch(({ code }: { code: string }) => void codes.push(code))
    const { rig } = await paying(place, async (job) => {
      await codeOf(elsewhere, job)
      await job.release(100)
      await codeOf(place.database, job)
    })
    await rig.nth('job:processed')
    expect(codes).toEqual(['TX_ELSEWHERE', 'SETTLED'])
  })
})

test('a lease renewed while the deleting transaction is open is not taken for lost', async () => {
  const place = await places.MySQL!()
  const table = `${tables.prefix}payments`
  await place.database.execute(`CREATE TABLE ${table} (n INTEGER)`)
  let isRenewing = () => {}
  const renewing = new Promise<void>((resolve) => {
    isRenewing = resolve
  })
  const { store } = place
  const touch = store.touch.bind(store)
  Object.assign(store, {
    touch: (...args: Parameters<typeof touch>) => {
      isRenewing()
      return touch(...args)
    },
  })
  const run = (_: unknown, job: Job) =>
    place.database.transaction(async (tx) => {
      await job.deleteIn(tx)
      await renewing
    })
  const rig = new RedisRig(store, run, { expireMs: 2_000, sleepMs: 50 })
  await store.push([envelope('default', '{"job":"J","data":""}')])
  expect(await rig.nth('job:processed')).toMatchObject({ outcome: 'deleted' })
  expect(rig.all('job:lost')).toEqual([])
})
