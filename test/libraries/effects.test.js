import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { databaseOf } from '../../src/database/create.ts'
import { effectsIn } from '../../src/database/effects/effects-in.ts'
import { openMysql } from '../connectors/mysql/mysql-store.ts'
import { OutboxRig } from '../outbox/outbox-rig.ts'
import { libraries } from './libraries.js'

const rig = new OutboxRig()
beforeEach(() => rig.fresh())

async function opened(name) {
  const library = await libraries[name](rig.url)
  onTestFinished(() => library.close())
  return library
}

const effect = (mark) => ({ key: 'pay:42', mark, jobId: '7', digest: 'D', keepMs: 60_000 })

/** Notes an effect in a transaction, for better or worse; what it was before. */
async function noted(library, ledgerIn, mark, isKept = true) {
  let state
  const done = library.transaction(async (tx) => {
    state = await (await ledgerIn(tx)).note(effect(mark), 'done')
    if (!isKept) throw new Error('undone')
  })
  if (isKept) await done
  else await expect(done).rejects.toThrow('undone')
  return state
}

describe.each(Object.keys(libraries))('an effect in a transaction of %s', (name) => {
  test('is noted with its commit, in the database of the jobs', async () => {
    const library = await opened(name)
    const store = await openMysql(rig.url, { prefix: rig.prefix })
    const ledgerIn = (tx) => store.effectsIn(tx)
    expect(await noted(library, ledgerIn, 'a', false)).toBe('new')
    expect(await noted(library, ledgerIn, 'b')).toBe('new')
    expect(await noted(library, ledgerIn, 'c')).toBe('done')
  })

  test('is noted with its commit where the jobs are elsewhere, in a table that is made beside it', async () => {
    const library = await opened(name)
    const database = databaseOf({ url: rig.url }, 'queue')
    onTestFinished(() => database.close())
    const ledgerIn = (tx) => effectsIn(tx, { prefix: rig.prefix, database })
    expect(await noted(library, ledgerIn, 'a', false)).toBe('new')
    expect(await noted(library, ledgerIn, 'b')).toBe('new')
    expect(await noted(library, ledgerIn, 'c')).toBe('done')
  })

  test('deletes its job with the commit, and once', async () => {
    const library = await opened(name)
    const store = await openMysql(rig.url, { prefix: rig.prefix })
    await store.push([{ id: 'tq', queue: 'q', job: 'J', body: '{"job":"J","data":""}', delayMs: 0 }])
    const [job] = await store.reserve({ queues: ['q'], limit: 1, expireMs: 60_000 })
    const answers = []
    const remove = async (tx) => void answers.push(await store.deleteIn(tx, job, () => {}))
    await expect(
      library.transaction(async (tx) => {
        await remove(tx)
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    expect(await store.touch([job], 60_000)).toEqual([])
    await library.transaction(remove)
    expect(await store.touch([job], 60_000)).toEqual([job])
    await library.transaction(remove)
    expect(answers).toEqual([true, true, false])
  })
})
