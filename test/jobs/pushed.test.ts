import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { QueueError } from '../../src/contract/errors.ts'
import { defineJob, type Job, type Pushable } from '../../src/contract/job.ts'
import { pushedName, pushedSettings } from '../../src/jobs/pushed.ts'
import { jobsFolder } from './temp-jobs.ts'

class SendNotice {
  fire(_job: Job, _data: { id: number }) {}
}
class Named {
  static readonly jobName = 'app\\common\\job\\Named'
  static readonly queue = 'notices'
  fire(_job: Job) {}
}
class Heir extends Named {}

const refused = (job: unknown, folder: string): string => {
  try {
    pushedName(job as Pushable, folder)
  } catch (error) {
    expect(error).toBeInstanceOf(QueueError)
    expect((error as QueueError).code).toBe('JOB_NAME')
    return (error as Error).message
  }
  throw new Error('it was not refused')
}

describe('the name a class is pushed by', () => {
  test('is that of the one file of its name, and nothing is imported to find it', () => {
    const folder = jobsFolder({ 'common/SendNotice.ts': 'throw new Error("imported")', 'Other.ts': '' })
    expect(pushedName(SendNotice, folder)).toBe('common/SendNotice')
  })

  test('is its own jobName before any file’s', () => {
    expect(pushedName(Named, jobsFolder({ 'Named.ts': '' }))).toBe('app\\common\\job\\Named')
  })

  test('is found without a jobs folder when it has a jobName', () => {
    expect(pushedName(Named, join(jobsFolder(), 'nowhere'))).toBe('app\\common\\job\\Named')
  })

  test('is not its parent’s jobName', () => {
    expect(pushedName(Heir, jobsFolder({ 'Heir.ts': '' }))).toBe('Heir')
  })

  test('is looked up once for each folder', () => {
    const folder = jobsFolder({ 'SendNotice.ts': '' })
    expect(pushedName(SendNotice, folder)).toBe('SendNotice')
    writeFileSync(join(folder, 'SendNotice.mjs'), '')
    expect(pushedName(SendNotice, folder)).toBe('SendNotice')
    expect(pushedName(SendNotice, jobsFolder({ 'admin/SendNotice.ts': '' }))).toBe('admin/SendNotice')
  })

  test('is refused when no file has it, or several do, or there is no folder, saying to set jobName', () => {
    const none = jobsFolder({ 'Other.ts': '', 'SendNotice.test.ts': '' })
    expect(refused(SendNotice, none)).toBe(
      `the job class SendNotice cannot be pushed: no file in ${none} is named after it; set static jobName`,
    )
    const several = refused(SendNotice, jobsFolder({ 'a/SendNotice.ts': '', 'b/SendNotice.ts': '' }))
    expect(several).toMatch(/several files .*a.SendNotice\.ts, .*b.SendNotice\.ts.*; set static jobName/)
    expect(refused(SendNotice, join(none, 'nowhere'))).toContain('there is no jobs folder')
  })

  test('is refused for a class without a name', () => {
    const anonymous = (() => class {})()
    const asDefault = { default: class {} }.default
    expect(refused(anonymous, jobsFolder())).toContain('set static jobName')
    expect(refused(asDefault, jobsFolder({ 'default.ts': '' }))).toContain('set static jobName')
  })

  test('is refused when its jobName cannot be one', () => {
    class Wrong {
      static readonly jobName = ''
      fire() {}
    }
    expect(refused(Wrong, jobsFolder({ 'Wrong.ts': '' }))).toContain('`jobName` "": it must not be empty')
  })
})

describe('the name of a job of defineJob', () => {
  test('is the one it was given', () => {
    expect(
      pushedName(
        defineJob({ name: 'notice' }, () => {}),
        jobsFolder(),
      ),
    ).toBe('notice')
  })

  test('is refused when it was given none', () => {
    expect(
      refused(
        defineJob(() => {}),
        jobsFolder({ 'a.ts': '' }),
      ),
    ).toContain('sets its jobName')
  })
})

describe('a name written out', () => {
  test.each(['Job1', 'model/Job1', 'app\\lib\\job\\Job2@task1'])('%j passes as it is', (name) => {
    expect(pushedName(name, jobsFolder())).toBe(name)
  })

  test.each([
    ['', 'empty'],
    ['  ', 'empty'],
    ['Job1@', 'empty'],
    ['@task', 'empty'],
    ['a\0b', 'control characters'],
  ])('%j is refused', (name, why) => {
    expect(refused(name, jobsFolder())).toContain(why)
  })

  test('is refused beyond 1024 characters', () => {
    expect(pushedName('x'.repeat(1024), jobsFolder())).toHaveLength(1024)
    expect(refused('x'.repeat(1025), jobsFolder())).toContain('1024')
  })
})

test('what is no job at all is refused with a hint', () => {
  for (const wrong of [undefined, null, 5, {}, [SendNotice]])
    expect(refused(wrong, jobsFolder())).toContain('imports in a circle?')
})

test('the queue of a job is its static member or its option', () => {
  expect(pushedSettings(Named)).toEqual({ queue: 'notices' })
  expect(pushedSettings(SendNotice)).toEqual({})
  expect(pushedSettings(defineJob({ queue: 'mail' }, () => {}))).toEqual({ queue: 'mail' })
  expect(pushedSettings('Job1')).toEqual({})
  expect(() => pushedSettings(defineJob({ queue: '' }, () => {}))).toThrow(
    '`queue` must be the name of a queue',
  )
})
