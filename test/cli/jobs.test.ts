import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { config, jobs, Project, records } from './project.ts'

describe('putting jobs in, looking at them, mending', () => {
  let project: Project
  beforeEach(() => {
    project = new Project({ 'queue.config.ts': config(), ...jobs })
  })
  afterEach(() => project.remove())

  const size = async (queue = 'default') => {
    const [counts] = records((await project.queue('size', queue, '--json')).stdout)
    const { ready, delayed, reserved, failed } = counts!
    return { ready, delayed, reserved, failed }
  }

  it('pushes, counts and runs a job', async () => {
    const pushed = await project.queue('push', 'Says', '{"to": "世界"}')
    expect(pushed).toMatchObject({ code: 0, stderr: '' })
    expect(pushed.stdout).toMatch(/^\d+\n$/)
    expect(await size()).toEqual({ ready: 1, delayed: 0, reserved: 0, failed: 0 })
    const worked = await project.queue('work')
    expect(worked.code).toBe(0)
    expect(worked.stdout).toContain('said {"to":"世界"}')
    expect(await size()).toEqual({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
  })

  it('work runs one job only, the oldest, and ends with 0 when there is none', async () => {
    await project.queue('push', 'Says', '1')
    await project.queue('push', 'Says', '2')
    expect((await project.queue('work')).stdout).toContain('said 1')
    expect((await size()).ready).toBe(1)
    const empty = await project.queue('work', '--queue', 'empty', '--sleep', '0.1')
    expect(empty.code).toBe(0)
    expect(records(empty.stdout).at(-1)).toMatchObject({ reason: 'empty' })
  })

  it('takes the data from standard input or a file, and the queue and delay from flags', async () => {
    const input = '{"from": "stdin"}'
    await project.startWith({ input }, 'push', 'Says', '--data-file', '-').ended
    project.write({ 'data.json': '{"from": "file"}' })
    await project.queue('push', 'Says', '--data-file', 'data.json', '--queue', 'second')
    await project.queue('push', 'Says', '--queue', 'late', '--delay', '3600')
    expect(await size('late')).toMatchObject({ ready: 0, delayed: 1 })
    const { stdout } = await project.queue('work', '--queue', 'second,default', '--stop-when-empty')
    expect(stdout).toMatch(/said {"from":"file"}[\s\S]*said {"from":"stdin"}/)
  })

  it('prints a table for people', async () => {
    await project.queue('push', 'Says')
    const { stdout } = await project.queue('size', 'default', 'other')
    expect(stdout).toMatch(
      /queue +ready +delayed +reserved +failed +oldest\n +default +1 +0 +0 +0 +\d.*\n +other +0/,
    )
  })

  it('warns of a name that no job has, and pushes it all the same', async () => {
    const { code, stdout, stderr } = await project.queue('push', 'Sais')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d+\n$/)
    expect(stderr).toMatch(/^warning: no job has the name "Sais" \(did you mean "Says"\?\)/)
  })

  const failTwice = async () => {
    await project.queue('push', 'Fails', '{"n": 1}')
    await project.queue('push', 'Fails', '{"n": 2}', '--queue', 'other')
    await project.queue('work', '--queue', 'default,other', '--stop-when-empty')
    return records((await project.queue('failed', '--json')).stdout)
  }

  it('lists failed jobs with their error, newest first', async () => {
    const failed = await failTwice()
    expect(failed.map(({ queue, job }) => ({ queue, job }))).toEqual([
      { queue: 'other', job: 'Fails' },
      { queue: 'default', job: 'Fails' },
    ])
    expect(failed[0]!.error).toMatch(/^Error: it failed\n/)
    expect(failed[0]!.payload).toBe('{"job":"Fails","data":{"n":2}}')
    const { stdout } = await project.queue('failed', '--queue', 'default')
    expect(stdout).toMatch(/default +Fails +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +Error: it failed\n$/)
    expect(stdout).not.toContain('other')
    expect(stdout).not.toContain('"n"')
    expect(records((await project.queue('failed', '--json', '--limit', '1')).stdout)).toHaveLength(1)
  })

  it('retries by id, and says which ids are unknown', async () => {
    const [newest] = await failTwice()
    const { code, stdout, stderr } = await project.queue('retry', String(newest!.id), '999')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '1 failed job back in its queue.\n' })
    expect(stderr).toBe('no failed job has the id 999\n')
    expect(await size('other')).toMatchObject({ ready: 1, failed: 0 })
  })

  it('retries by queue, by range, and all', async () => {
    const failed = await failTwice()
    await project.queue('retry', '--queue', 'other')
    expect(await size('other')).toMatchObject({ ready: 1, failed: 0 })
    expect(await size()).toMatchObject({ ready: 0, failed: 1 })
    await project.queue('retry', `--range=${failed.at(-1)!.id}-${failed.at(-1)!.id}`)
    expect(await size()).toMatchObject({ ready: 1, failed: 0 })
    await project.queue('work', '--queue', 'default,other', '--stop-when-empty')
    expect((await project.queue('retry', 'all')).stdout).toBe('2 failed jobs back in their queues.\n')
    expect(await size()).toMatchObject({ ready: 1, failed: 0 })
  })

  it('forgets by id and flushes by age', async () => {
    const [newest] = await failTwice()
    expect(await project.queue('forget', String(newest!.id))).toMatchObject({
      code: 0,
      stdout: '1 failed job forgotten.\n',
    })
    expect((await project.queue('forget', '999')).code).toBe(1)
    expect((await project.queue('flush', '--hours', '1')).stdout).toBe('0 failed jobs removed.\n')
    expect((await project.queue('flush')).stdout).toBe('1 failed job removed.\n')
    expect((await project.queue('failed')).stdout).toBe('No failed jobs.\n')
  })

  it('clears a queue only when told to by --force where nobody can be asked', async () => {
    await project.queue('push', 'Says', '1', '--queue', 'full')
    const refused = await project.queue('clear', 'full')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('--force')
    expect(await size('full')).toMatchObject({ ready: 1 })
    expect((await project.queue('clear', 'full', '--force')).stdout).toBe('1 job removed from full.\n')
    expect(await size('full')).toMatchObject({ ready: 0 })
  })

  it('prints the tables, and creates them when told to', async () => {
    const printed = await project.queue('table')
    expect(printed.stdout).toMatch(/CREATE TABLE IF NOT EXISTS "jobs"/)
    expect((await project.queue('failed-table')).stdout).toMatch(/CREATE TABLE IF NOT EXISTS "failed_jobs"/)
    expect(existsSync(join(project.root, '.queue', 'queue.sqlite'))).toBe(false)
    expect((await project.queue('table', '--apply')).code).toBe(0)
    expect(existsSync(join(project.root, '.queue', 'queue.sqlite'))).toBe(true)
    expect((await project.queue('failed-table', '--apply')).code).toBe(0)
  })

  it('init and make:job write jobs whose tests pass, and overwrite nothing', async () => {
    const fresh = new Project()
    try {
      const made = await fresh.queue('init')
      expect(made.stdout).toMatch(
        /created +queue\.config\.ts\n +created +jobs\/Hello\.mjs\n +created +jobs\/Hello\.test\.mjs/,
      )
      expect((await fresh.queue('make:job', 'admin/SendNotice')).code).toBe(0)
      expect((await fresh.queue('make:job', 'Report', '--function')).code).toBe(0)
      for (const job of ['Hello', 'admin/SendNotice', 'Report'])
        expect(await fresh.queue('push', job, '{"id": 7}')).toMatchObject({ code: 0, stderr: '' })
      const { stdout } = await fresh.queue('work', '--stop-when-empty')
      expect(stdout).toMatch(/Hello: id 7, attempt 1[\s\S]*SendNotice: id 7[\s\S]*Report: id 7/)
      expect(await fresh.node('--test')).toMatchObject({ code: 0 })
      fresh.write({ 'queue.config.ts': '// mine\n' })
      const again = await fresh.queue('init')
      expect(again.stdout).toMatch(/left alone +queue\.config\.ts/)
      expect(readFileSync(join(fresh.root, 'queue.config.ts'), 'utf8')).toBe('// mine\n')
    } finally {
      await fresh.remove()
    }
  })

  it.each([
    ['an ESM project', { 'package.json': '{"type":"module"}' }, 'mjs'],
    ['a CommonJS project', { 'package.json': '{"type":"commonjs"}' }, 'mjs'],
    ['a TypeScript project', { 'package.json': '{"type":"module"}', 'tsconfig.json': '{}' }, 'ts'],
    ['a TypeScript project of CommonJS', { 'package.json': '{"devDependencies":{"typescript":"5"}}' }, 'ts'],
  ] as const)('init in %s gives a job that runs and whose test passes', async (_, files, extension) => {
    const fresh = new Project(files)
    try {
      await fresh.queue('init', '--jobs', 'src/jobs')
      await fresh.queue('make:job', 'Later', '--function')
      expect(existsSync(join(fresh.root, 'src', 'jobs', `Hello.${extension}`))).toBe(true)
      await fresh.queue('push', 'Hello', '{"id": 7}')
      await fresh.queue('push', 'Later', '{"id": 8}')
      const { stdout } = await fresh.queue('work', '--stop-when-empty')
      expect(stdout).toMatch(/Hello: id 7[\s\S]*Later: id 8/)
      const tested = await fresh.node('--test', 'src/jobs/Hello.test.mjs', 'src/jobs/Later.test.mjs')
      expect(tested.stdout).toMatch(/pass 2\n/)
    } finally {
      await fresh.remove()
    }
  })

  it('make:job refuses a name that is taken', async () => {
    const { code, stderr } = await project.queue('make:job', 'Says')
    expect(code).toBe(2)
    expect(stderr).toContain(join(project.root, 'jobs', 'Says.mjs'))
  })
})
