import { expect, it, onTestFinished, vi } from 'vitest'
import { createDatabase } from '../../src/database/index.ts'
import type { JobReport } from '../../src/testing/index.ts'
import { JobFolder } from './job-folder.ts'

vi.setConfig({ testTimeout: 120_000 })

const sends = `import { appendFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
export default class Sends {
  async fire(job, { world, ifUnknown }) {
    await job.once('sms:42', async () => {
      await turn()
      appendFileSync(world, 'sent\\n')
      await turn()
    }, { ifUnknown })
    await job.delete()
  }
}
`

/** How often it was sent after each kill, by line. */
function sent({ trials }: JobReport): readonly string[] {
  return trials.map(({ place, killed, effects }) => {
    return `${/\d+(?=:\d+$)/.exec(place)?.[0]} ${killed}: ${(effects as readonly string[]).length}`
  })
}

it('lets an effect of job.once be repeated once where it was cut off, and nowhere else', async () => {
  const folder = new JobFolder()
  const report = await folder.try(folder.write('Sends.mjs', sends))
  expect(sent(report)).toEqual([
    '5 at the await: 1',
    '5 before the effect: 1',
    '6 at the await: 1',
    '6 after the await: 1',
    '8 at the await: 2',
    '8 after the await: 2',
    '5 after the effect: 2',
    '5 after the await: 1',
    '10 at the await: 1',
    '10 before it was settled: 1',
    '10 after the await: 1',
  ])
})

it("never repeats an effect of job.once with ifUnknown: 'skip', which may be lost instead", async () => {
  const folder = new JobFolder()
  const file = folder.write('Sends.mjs', sends)
  const accepts = (effects: unknown) => (effects as readonly string[]).length <= 1
  const report = await folder.try(file, { ifUnknown: 'skip' }, { accepts })
  report.assertOnce()
  expect(sent(report).filter((each) => !each.endsWith(': 1'))).toEqual([
    '5 before the effect: 0',
    '6 at the await: 0',
    '6 after the await: 0',
  ])
})

it("finds a job safe whose effect cannot be cut off, with ifUnknown: 'skip'", async () => {
  const folder = new JobFolder()
  const file = folder.write('Sends.mjs', sends.replaceAll('      await turn()\n', ''))
  const report = await folder.try(file, { ifUnknown: 'skip' })
  expect(report.changed.map(({ killed, effects }) => [killed, effects])).toEqual([['before the effect', []]])
  const atAwaits = report.trials.filter(({ killed }) => killed.endsWith('the await'))
  expect(atAwaits.map(({ isOnce }) => isOnce)).toEqual([true, true, true, true])
})

it("says that job.once with ifUnknown: 'throw' threw in each later run", async () => {
  const folder = new JobFolder()
  const report = await folder.try(folder.write('Sends.mjs', sends), { ifUnknown: 'throw' })
  const cut = report.trials.filter(({ deliveries }) => deliveries === 3)
  expect(cut.map(({ killed, outcome, error }) => [killed, outcome, (error as Error).name])).toEqual([
    ['before the effect', 'unsettled', 'EffectUnknown'],
    ...Array(2)
      .fill(['at the await', 'unsettled', 'EffectUnknown'])
      .flatMap((at: readonly string[]) => [at, ['after the await', ...at.slice(1)]]),
    ['after the effect', 'unsettled', 'EffectUnknown'],
  ])
  expect(() => report.assertOnce()).toThrow('unsettled after 3 deliveries, threw once: the effect "sms:42"')
})

const pays = `import { createDatabase } from 'thinkq/database'
type Tx = { execute(sql: string): Promise<unknown> }
type Job = {
  onceIn(tx: Tx, key: string, fn: () => unknown): Promise<boolean>
  deleteIn(tx: Tx): Promise<void>
  delete(): Promise<boolean>
}
const pay = (tx: Tx) => tx.execute("INSERT INTO payments VALUES ('paid')")
export default class Pays {
  async fire(job: Job, { url }: { url: string }) {
    const database = createDatabase(url)
    await database.transaction(async (tx) => {
      await job.onceIn(tx, 'pay:42', () => pay(tx))
    })
    await database.close()
    await job.delete()
  }
  async forgetful(job: Job, { url }: { url: string }) {
    await createDatabase(url).transaction(pay)
    await job.delete()
  }
  async deletes(job: Job, { url }: { url: string }) {
    await createDatabase(url).transaction((tx) => job.deleteIn(tx).catch(() => job.delete()))
  }
  async nowhere(job: Job) {
    await job.onceIn({ execute: async () => ({ affectedRows: 1 }) }, 'pay:42', () => {})
  }
}
`

/** The application's database, with what was paid in it. */
async function payments(folder: JobFolder) {
  const url = `sqlite:${folder.path}/shop.sqlite`
  const database = createDatabase(url)
  onTestFinished(() => database.close())
  await database.execute('CREATE TABLE payments (text TEXT)')
  return {
    data: { url },
    effects: () => database.query('SELECT text FROM payments'),
    reset: () => database.execute('DELETE FROM payments'),
  }
}

it('finds a job safe that pays by job.onceIn, in the transaction of its note, on SQLite', async () => {
  const folder = new JobFolder()
  const { data, ...options } = await payments(folder)
  const file = folder.write('Pays.ts', pays)
  const report = await folder.try(file, data, options)
  report.assertOnce()
  expect(report.expected).toEqual([{ text: 'paid' }])
  expect(report.trials.map(({ place, killed }) => `${/:(\d+):/.exec(place)?.[1]} ${killed}`)).toEqual([
    '12 at the await',
    '13 at the await',
    '13 after the await',
    '12 after the await',
    '15 at the await',
    '15 after the await',
    '16 at the await',
    '16 before it was settled',
    '16 after the await',
  ])
  const forgetful = await folder.try(file, data, { ...options, task: 'forgetful' })
  expect(forgetful.changed.map(({ killed, effects }) => [killed, (effects as unknown[]).length])).toEqual([
    ['after the await', 2],
    ['at the await', 2],
    ['before it was settled', 2],
  ])
})

it('refuses job.deleteIn, even if the job does not mind, and a transaction that nobody can tell', async () => {
  const folder = new JobFolder()
  const { data, ...options } = await payments(folder)
  const file = folder.write('Pays.ts', pays)
  await expect(folder.try(file, data, { ...options, task: 'deletes' })).rejects.toMatchObject({
    code: 'TX_ELSEWHERE',
    message: expect.stringMatching(/Pays\.ts: testJob has no queue whose row job\.deleteIn\(tx\)/),
  })
  await expect(folder.try(file, data, { ...options, task: 'nowhere' })).rejects.toMatchObject({
    code: 'TX_UNKNOWN',
  })
})
