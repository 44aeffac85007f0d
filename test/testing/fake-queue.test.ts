import { AssertionError } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDatabase } from '../../src/database/index.ts'
import { createQueue, defineJob, Queue } from '../../src/index.ts'
import { FakeQueue } from '../../src/testing/index.ts'

class SendNotice {
  static jobName = 'admin/SendNotice'
  static queue = 'notices'
  fire(_job: unknown, _data: { id: number }) {}
}
const report = defineJob({ name: 'Report' }, async (_data: { day: string }) => {})

const refusal = (assertion: () => unknown): string => {
  try {
    assertion()
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError)
    return (error as Error).message
  }
  throw new Error('it did not throw')
}

describe('a fake queue', () => {
  it('knows what was pushed: job, data, queue, delay', async () => {
    const queue = new FakeQueue()
    const id = await queue.push(SendNotice, { id: 7 })
    await queue.later(2.5, report, { day: '2026-11-26' }, 'slow')
    await queue.bulk([{ job: 'Job2@task1' }, { job: 'Job2', data: [1n] }], { queue: 'many' })
    expect(queue.pushed()).toEqual([
      { id, job: 'admin/SendNotice', data: { id: 7 }, queue: 'notices', delay: 0 },
      { id: expect.any(String), job: 'Report', data: { day: '2026-11-26' }, queue: 'slow', delay: 2.5 },
      { id: expect.any(String), job: 'Job2@task1', data: '', queue: 'many', delay: 0 },
      { id: expect.any(String), job: 'Job2', data: [1], queue: 'many', delay: 0 },
    ])
    expect(queue.pushed(report)).toHaveLength(1)
    expect(await queue.size('many')).toMatchObject({ ready: 2, delayed: 0 })
    expect(await queue.size('slow')).toMatchObject({ ready: 0, delayed: 1 })
    queue.clear()
    expect(queue.pushed()).toEqual([])
  })

  it('asserts that a job was pushed, by fields or by a function, and how often', async () => {
    const queue = new FakeQueue()
    for (const id of [7, 8]) await queue.push(SendNotice, { id })
    expect(queue.assertPushed(SendNotice)).toHaveLength(2)
    expect(queue.assertPushed('admin/SendNotice', { data: { id: 8 }, queue: 'notices' }, 1)).toHaveLength(1)
    queue.assertPushed(SendNotice, ({ data }) => (data as { id: number }).id > 7, 1)
    queue.assertNotPushed(report)
    queue.assertNotPushed(SendNotice, { data: { id: 9 } })
  })

  it('says what was pushed instead when an assertion fails', async () => {
    const queue = new FakeQueue()
    expect(refusal(() => queue.assertPushed(SendNotice))).toBe(
      'admin/SendNotice was not pushed; nothing was pushed',
    )
    await queue.later(60, SendNotice, { id: 7 })
    const pushed = "pushed were:\n  admin/SendNotice with data { id: 7 }, queue 'notices', delay 60"
    expect(refusal(() => queue.assertPushed(SendNotice, { data: { id: 8 } }))).toBe(
      `admin/SendNotice was not pushed with data { id: 8 }; ${pushed}`,
    )
    expect(refusal(() => queue.assertPushed(SendNotice, {}, 2))).toBe(
      `admin/SendNotice was pushed once, not 2 times; ${pushed}`,
    )
    expect(refusal(() => queue.assertPushed(SendNotice, () => false))).toBe(
      `admin/SendNotice was not pushed as the function wants it; ${pushed}`,
    )
    expect(refusal(() => queue.assertNotPushed(SendNotice))).toBe(`admin/SendNotice was pushed; ${pushed}`)
    expect(refusal(() => queue.assertNothingPushed())).toBe(`jobs were pushed; ${pushed}`)
  })

  it('refuses what a real one refuses', async () => {
    const queue = new FakeQueue()
    await expect(queue.push('Says', { bad: '\ud800' })).rejects.toThrow(/data\.bad/)
    await expect(queue.later(-1, 'Says')).rejects.toThrow(/delay of -1/)
    await expect(queue.push('Says', 1, 'a\nb')).rejects.toThrow(/queue/)
    queue.assertNothingPushed()
  })

  it('stands for the queue that the code under test imports, until it is restored', async () => {
    const queue = new FakeQueue({ instead: Queue })
    await Queue.push('Says', 1)
    queue.assertPushed('Says', { data: 1 })
    queue.restore()
    const memory = createQueue({ connector: 'memory' })
    onTestFinished(() => memory.close())
    await memory.push('Says', 1)
    const other = new FakeQueue({ instead: memory })
    await memory.push('Says', 2)
    other.assertPushed('Says', { data: 2 }, 1)
    other.restore()
    expect(await memory.size()).toMatchObject({ ready: 1 })
  })

  it('counts a push with tx when that commits, and never when it rolls back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'thinkq-fake-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const db = createDatabase(`sqlite:${join(folder, 'app.sqlite')}`)
    onTestFinished(() => db.close())
    const queue = new FakeQueue()
    await db.transaction(async (tx) => {
      await queue.push('Says', 1, { tx })
      queue.assertNothingPushed()
    })
    queue.assertPushed('Says', { data: 1 }, 1)
    const rolledBack = db.transaction(async (tx) => {
      await queue.push('Says', 2, { tx })
      throw new Error('no')
    })
    await expect(rolledBack).rejects.toThrow('no')
    queue.assertNotPushed('Says', { data: 2 })
  })

  it('stores one job for two pushes of one id', async () => {
    const queue = new FakeQueue()
    for (const _ of [1, 2]) expect(await queue.push('Says', 1, { id: 'mine' })).toBe('mine')
    queue.assertPushed('Says', {}, 1)
  })
})
