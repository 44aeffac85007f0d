import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDatabase, type Database, type Transaction } from '../../src/database/index.ts'
import { tempFolder } from './temp-folder.ts'

async function notes(options: { busyMs?: number } = {}): Promise<Database> {
  const database = createDatabase({ url: join(tempFolder(), 'app.sqlite'), ...options })
  onTestFinished(() => database.close())
  await database.execute('CREATE TABLE notes (text TEXT)')
  return database
}

async function texts(executor: Pick<Database, 'query'>): Promise<string[]> {
  return (await executor.query<{ text: string }>('SELECT text FROM notes ORDER BY rowid')).map(
    ({ text }) => text,
  )
}

const write = 'INSERT INTO notes VALUES (?)'

test('what a transaction wrote is seen outside only after its commit', async () => {
  const database = await notes()
  const answer = await database.transaction(async (tx) => {
    await tx.execute(write, ['inside'])
    expect(await texts(tx)).toEqual(['inside'])
    expect(await texts(database)).toEqual([])
    return 'done'
  })
  expect(answer).toBe('done')
  expect(await texts(database)).toEqual(['inside'])
})

test('a statement outside never runs inside an open transaction', async () => {
  const database = await notes()
  let outside: Promise<unknown> = Promise.resolve()
  await expect(
    database.transaction(async (tx) => {
      await tx.execute(write, ['rolled back'])
      outside = database.execute(write, ['outside'])
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  await outside
  expect(await texts(database)).toEqual(['outside'])
})

test('transactions of one process take turns in the order they came', async () => {
  const database = await notes()
  const other = createDatabase(database.location)
  onTestFinished(() => other.close())
  const add = (on: Database, text: string) =>
    on.transaction(async (tx) => {
      const before = (await texts(tx)).length
      await new Promise((resolve) => setImmediate(resolve))
      await tx.execute(write, [`${text} after ${before}`])
    })
  await Promise.all([add(database, 'a'), add(other, 'b'), add(database, 'c')])
  expect((await texts(database)).map((text) => text.slice(-1))).toEqual(['0', '1', '2'])
})

test('an error rolls everything back and is rethrown as it was', async () => {
  const database = await notes()
  const error = Object.assign(new Error('invalid openid'), { errcode: 5, rawCode: 5 })
  const failing = database.transaction(async (tx) => {
    await tx.execute(write, ['gone'])
    throw error
  })
  await expect(failing).rejects.toBe(error)
  expect(await texts(database)).toEqual([])
  await database.execute(write, ['next'])
  expect(await texts(database)).toEqual(['next'])
})

test('a transaction that is over refuses everything', async () => {
  const database = await notes()
  let kept: Transaction | undefined
  await database.transaction(async (tx) => {
    kept = tx
  })
  const over = { code: 'TRANSACTION_OVER', message: expect.stringContaining('this transaction is over') }
  await expect(kept?.execute(write, ['late'])).rejects.toMatchObject(over)
  await expect(kept?.query('SELECT 1')).rejects.toMatchObject(over)
  expect(() => kept?.afterCommit(() => {})).toThrow(/is over/)
  expect(await texts(database)).toEqual([])
})

test('transactions written as SQL are refused, inside and outside', async () => {
  const database = await notes()
  for (const sql of ['BEGIN', ' begin immediate', '/* now */ COMMIT', '-- x\nROLLBACK', 'END'])
    await expect(database.execute(sql), sql).rejects.toThrow(/use transaction\(async \(tx\) => …\)/)
  await database.transaction(async (tx) => {
    await expect(tx.execute('COMMIT')).rejects.toMatchObject({ code: 'SQL' })
    await tx.execute('SAVEPOINT half')
    await tx.execute(write, ['undone'])
    await tx.execute('ROLLBACK TO half')
    await tx.execute(write, ['kept'])
  })
  expect(await texts(database)).toEqual(['kept'])
})

test('afterCommit runs after the commit, in order, and never after a rollback', async () => {
  const database = await notes()
  const heard: unknown[] = []
  await database.transaction(async (tx) => {
    tx.afterCommit(async () => void heard.push(await texts(database)))
    tx.afterCommit(() => void heard.push('second'))
    await tx.execute(write, ['committed'])
    expect(heard).toEqual([])
  })
  expect(heard).toEqual([['committed'], 'second'])
  const rolledBack = database.transaction(async (tx) => {
    tx.afterCommit(() => void heard.push('never'))
    throw new Error('no')
  })
  await expect(rolledBack).rejects.toThrow('no')
  expect(heard).toHaveLength(2)
})

test('an error in afterCommit is a warning and undoes nothing', async () => {
  const database = await notes()
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  await database.transaction(async (tx) => {
    await tx.execute(write, ['kept'])
    tx.afterCommit(() => {
      throw new Error('the listener broke')
    })
  })
  expect((await warned).message).toBe('the listener broke')
  expect(await texts(database)).toEqual(['kept'])
})

test('waiting inside a transaction for the same database ends with an error that says what to do', async () => {
  const database = await notes({ busyMs: 100 })
  const stuck = database.transaction(async (tx) => {
    await tx.execute(write, ['gone'])
    await database.execute(write, ['never'])
  })
  await expect(stuck).rejects.toMatchObject({
    code: 'BUSY',
    transient: true,
    message: expect.stringContaining('inside transaction(tx => …) use tx'),
  })
  expect(await texts(database)).toEqual([])
})

test('closing waits for the transaction under way', async () => {
  const database = await notes()
  let proceed = () => {}
  const gate = new Promise<void>((resolve) => {
    proceed = resolve
  })
  let begun = () => {}
  const under = new Promise<void>((resolve) => {
    begun = resolve
  })
  const running = database.transaction(async (tx) => {
    begun()
    await gate
    await tx.execute(write, ['kept'])
  })
  await under
  const closing = database.close()
  proceed()
  await Promise.all([running, closing])
  const again = createDatabase(database.location)
  expect(await texts(again)).toEqual(['kept'])
  await again.close()
})

test('what SQLite itself rolled back cannot go on outside the transaction', async () => {
  const database = await notes()
  await database.execute('CREATE UNIQUE INDEX one_each ON notes (text)')
  await database.execute(write, ['kept'])
  let committed = false
  const failing = database.transaction(async (tx) => {
    tx.afterCommit(() => {
      committed = true
    })
    await tx.execute(write, ['gone'])
    await tx.execute('INSERT OR ROLLBACK INTO notes VALUES (?)', ['kept']).catch(() => undefined)
    await expect(tx.execute(write, ['stray'])).rejects.toMatchObject({ code: 'TRANSACTION_OVER' })
    return 'done'
  })
  await expect(failing).rejects.toMatchObject({ code: 'CONSTRAINT' })
  expect(await texts(database)).toEqual(['kept'])
  expect(committed).toBe(false)
  await database.execute(write, ['later'])
  expect(await texts(database)).toEqual(['kept', 'later'])
})
