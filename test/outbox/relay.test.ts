import { existsSync } from 'node:fs'
import mysqlPromise from 'mysql2/promise'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Context } from '../../src/compose.ts'
import { databaseOf } from '../../src/database/create.ts'
import { OutboxTable } from '../../src/outbox/table.ts'
import { tempFile } from '../connectors/database-store.ts'
import { OutboxRig, until } from './outbox-rig.ts'

const rig = new OutboxRig()
beforeEach(() => rig.fresh())

let rows = 0

/** Writes a row as a producer does that dies before it moves it: with a term of its own, or without. */
async function insert(execute: (sql: string) => Promise<unknown>, data: unknown, more: Partial<Row> = {}) {
  const { connection = `main 0:${rig.prefix}`, term = 1, queue = 'default' } = more
  const id = `tq${String(++rows).padStart(30, '0')}`
  const payload = JSON.stringify({ job: 'Notice', data, id, attempts: 1 })
  await execute(
    `INSERT INTO ${rig.prefix}queue_outbox (mark, connection, queue, payload, token, delay_ms, term, created_at)
      VALUES ('x:${rows}', '${connection}', '${queue}', '${payload}', NULL, 0, ${term}, 0)`,
  )
}

interface Row {
  readonly connection: string
  readonly term: number
  readonly queue: string
}

const sql = (text: string) => rig.sql(text)

async function withTable(): Promise<Context> {
  const context = await rig.context()
  const queue = context.queue()
  await rig.database().transaction((tx) => queue.push('Notice', 'first', { tx }))
  await until(async () => (await rig.rows()) === 0)
  await rig.redis.cli('DEL', `${rig.prefix}queues:default`)
  return context
}

test('rows of a producer that died are in Redis within a second', async () => {
  const context = await withTable()
  context.relay()!.start()
  await insert(sql, 'warm')
  await until(async () => (await rig.jobs('default')).length === 1)
  for (let each = 2; each < 5; each++) {
    await insert(sql, each, { term: each % 2 })
    expect(await until(async () => (await rig.jobs('default')).length === each)).toBeLessThan(1_000)
  }
  await until(async () => (await rig.rows()) === 0 && (await rig.marks('default')).length === 0)
})

test('a row that commits after those behind it is moved all the same', async () => {
  const context = await withTable()
  context.relay()!.start()
  const slow = await mysqlPromise.createConnection(rig.url)
  onTestFinished(() => slow.end())
  await slow.beginTransaction()
  await insert((text) => slow.query(text), 'slow')
  for (let each = 0; each < 10; each++) await insert(sql, each)
  await until(async () => (await rig.jobs('default')).length === 10)
  await until(async () => (await rig.rows()) === 0)
  await slow.commit()
  await until(async () => (await rig.jobs('default')).length === 11)
  expect((await rig.jobs('default')).at(-1)).toBe('slow')
})

test('one relay is active, and another takes its place', async () => {
  const [first, second] = [await withTable(), await rig.context()]
  first.relay()!.start()
  await insert(sql, 1)
  await until(async () => (await rig.jobs('default')).length === 1)
  expect(await second.relay()!.turn()).toBe(1_000)
  await first.close()
  await insert(sql, 2, { term: 0 })
  await second.relay()!.turn()
  expect(await rig.jobs('default')).toEqual([1, 2])
})

test('what a sender that was thought dead sends late comes to nothing', async () => {
  const context = await withTable()
  const store = context.connector.outbox!
  await insert(sql, 'once', { term: 5 })
  const late = { mark: `x:${rows}`, body: '{"job":"Notice","data":"once","id":"i","attempts":1}', delayMs: 0 }
  context.relay()!.start()
  await until(async () => (await rig.rows()) === 0 && (await rig.jobs('default')).length === 1)
  await until(async () => (await rig.marks('default')).length === 0)
  expect(await store.take('default', [{ ...late, token: null }], 5)).toBe(false)
  expect(await rig.jobs('default')).toEqual(['once'])
})

test('a row that another claimed after it was seen is not taken from it', async () => {
  await withTable()
  await insert(sql, 'theirs', { term: 0 })
  const table = new OutboxTable(
    databaseOf({ url: rig.url }, 'queue'),
    `${rig.prefix}queue_outbox`,
    `main 0:${rig.prefix}`,
  )
  const [seen] = (await table.look(10, [])) ?? []
  await rig.sql(`UPDATE ${rig.prefix}queue_outbox SET term = 5`)
  const claimed = async (before: number) => {
    const parts: unknown[] = []
    for await (const part of table.claim([seen!.mark], before, 9)) parts.push(...part)
    return parts.length
  }
  expect(await claimed(Number(seen!.term))).toBe(0)
  expect(await table.remove([seen!.mark], 9)).toBe(0)
  expect(await claimed(5)).toBe(1)
})

test('marks that a killed sender left are swept, and only those without a row', async () => {
  const context = await withTable()
  const database = rig.database()
  const store = context.connector.outbox!
  const { markBeginning } = await import('../../src/outbox/outbox.ts')
  const beginning = markBeginning(await database.locate(), `${rig.prefix}queue_outbox`)
  const body = '{"job":"Notice","data":"gone","id":"i","attempts":1}'
  const marks = ['gone', 'there'].map((name) => beginning + name)
  const jobs = marks.map((mark) => ({ mark, body, delayMs: 0, token: null }))
  await store.take('default', [...jobs, { ...jobs[0]!, mark: 'elsewhere:gone' }], 1)
  await insert(sql, 'there', { connection: 'another' })
  await rig.sql(`UPDATE ${rig.prefix}queue_outbox SET mark = ?`, [marks[1]])
  await context.relay()!.turn()
  expect((await rig.marks('default')).toSorted()).toEqual(['elsewhere:gone', marks[1]].toSorted())
})

test('a queue that Redis refuses holds up no other, and is tried again', async () => {
  const context = await withTable()
  const warnings: string[] = []
  context.emitter.on('store:warning', ({ message }) => warnings.push(message))
  await rig.redis.cli('SET', `${rig.prefix}queues:broken`, 'a text')
  await insert(sql, 1, { queue: 'broken', term: 0 })
  await insert(sql, 2, { term: 0 })
  await context.relay()!.turn()
  expect(await rig.jobs('default')).toEqual([2])
  expect(warnings).toEqual([expect.stringContaining('"broken"')])
  expect(await rig.rows()).toBe(1)
})

test('a relay waits for a table that nobody has made yet, and creates none', async () => {
  const context = await rig.context()
  const warnings: string[] = []
  context.emitter.on('store:warning', ({ message }) => warnings.push(message))
  expect(await context.relay()!.turn()).toBe(5_000)
  context.relay()!.start()
  await context.close()
  expect(warnings).toEqual([])
  await expect(rig.rows()).rejects.toThrow(/doesn't exist/)
})

test('a relay waits for a SQLite file that nobody has made yet, and moves what comes into it', async () => {
  const file = tempFile()
  const context = await rig.context(`sqlite:${file}`)
  expect(await context.relay()!.turn()).toBe(5_000)
  expect(existsSync(file)).toBe(false)
  context.connector.outbox!.take = async () => false
  const queue = context.queue()
  await rig.database(`sqlite:${file}`).transaction((tx) => queue.push('Notice', 1, { tx }))
  await queue.close()
  const worker = await rig.context(`sqlite:${file}`)
  expect(await worker.relay()!.drain()).toBe(1)
  expect(await rig.jobs('default')).toEqual([1])
})

test('rows of another connection, prefix or database of Redis are left alone, and told of when nobody moves them', async () => {
  const context = await withTable()
  const warnings: string[] = []
  context.emitter.on('store:warning', ({ message }) => warnings.push(message))
  for (const connection of [`other 0:${rig.prefix}`, `main 3:${rig.prefix}`, 'main 0:else:'])
    await insert(sql, 'theirs', { connection, term: 0 })
  await insert(sql, 'mine', { term: 0 })
  await context.relay()!.turn()
  await context.relay()!.turn()
  expect(await rig.jobs('default')).toEqual(['mine'])
  expect(warnings.toSorted()).toEqual([
    expect.stringMatching(
      /jobs of connection "main", prefix "else:" for.*\(1\).*of connection "main", prefix "t\d+_"\./,
    ),
    expect.stringMatching(/jobs of connection "main", select 3, prefix/),
    expect.stringMatching(/jobs of connection "other", prefix/),
  ])
})

test('an idle relay asks the database twice a second and no more', async () => {
  const context = await withTable()
  context.relay()!.start()
  await insert(sql, 'warm', { term: 0 })
  await until(async () => (await rig.rows()) === 0)
  const statements = async () => Number((await rig.sql("SHOW GLOBAL STATUS LIKE 'Com_select'"))[0]!.Value)
  const before = await statements()
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect((await statements()) - before).toBeLessThanOrEqual(5)
})
