import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runJob } from '../../src/testing/index.ts'

describe('runJob', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'thinkq-run-job-'))
    const files = {
      'Ends.mjs': `export default class Ends {
        async fire(job, data) {
          if (data.do === 'delete') await job.delete()
          if (data.do === 'release') await job.release(60)
          if (data.do === 'fail') await job.fail('no use')
          if (data.do === 'throw') throw new Error('it threw')
        }
        async twice(job) { return [await job.delete(), await job.release(1)] }
        async sends(job, data) {
          await job.once('sms', () => { if (data.fails) throw new Error('not sent') })
          await job.onceIn(null, 'pay', () => {})
          await job.deleteIn(null)
        }
        async counts(job) { await job.release(job.attempts) }
      }`,
      'Adds.ts': `import { defineJob } from 'thinkq'
        export default defineJob(async (data: { id: bigint }) => { if (data.id !== 2n ** 60n) throw new Error('not ' + data.id) })`,
      'Nothing.mjs': 'export const nothing = 1',
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['delete', { outcome: 'deleted' }],
    ['release', { outcome: 'released', delay: 60 }],
    ['fail', { outcome: 'failed', reason: 'no use' }],
    ['nothing', { outcome: 'unsettled' }],
  ])('answers what a class did: %s', async (what, end) => {
    expect(await runJob(join(folder, 'Ends.mjs'), { do: what })).toEqual(end)
  })

  it('rejects with what the job throws', async () => {
    await expect(runJob(join(folder, 'Ends.mjs'), { do: 'throw' })).rejects.toThrow('it threw')
  })

  it('runs another task, and keeps the first decision', async () => {
    const file = pathToFileURL(join(folder, 'Ends.mjs'))
    expect(await runJob(file, {}, { task: 'twice' })).toEqual({ outcome: 'deleted' })
    expect(await runJob(file, {}, { task: 'counts', attempts: 3 })).toEqual({ outcome: 'released', delay: 3 })
    await expect(runJob(file, {}, { task: 'missing' })).rejects.toThrow('it has no method missing')
  })

  it('deletes a function when it returns, and hands data over as a queue would', async () => {
    expect(await runJob(join(folder, 'Adds.ts'), { id: 2n ** 60n })).toEqual({ outcome: 'deleted' })
  })

  it('tells which effects were had, and begins with those that earlier runs left', async () => {
    const file = join(folder, 'Ends.mjs')
    const run = (data: object, effects?: Record<string, 'started' | 'done'>) =>
      runJob(file, data, { task: 'sends', ...(effects && { effects }) })
    expect(await run({})).toEqual({ outcome: 'deleted', effects: ['sms', 'pay'] })
    expect(await run({}, { sms: 'done', pay: 'started' })).toEqual({ outcome: 'deleted', effects: ['pay'] })
    expect(await run({ fails: true }, { sms: 'done', pay: 'done' })).toEqual({ outcome: 'deleted' })
    await expect(run({ fails: true }, { sms: 'started' })).rejects.toThrow('not sent')
  })

  it('says why a module is no job', async () => {
    await expect(runJob(join(folder, 'Nothing.mjs'))).rejects.toThrow(
      /Nothing\.mjs: it exports nothing \(a number\)/,
    )
  })
})
