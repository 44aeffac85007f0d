import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { config, jobs, Project, records } from './project.ts'

// Some of these start ten processes one after the other.
vi.setConfig({ testTimeout: 60_000 })

/** Runs a command where the configuration names a jobs folder that is not there. */
const bare = (project: Project, folder: string, ...args: readonly string[]) => {
  project.write({ 'bare.config.ts': config(`jobs: './${folder}',`) })
  return project.queue(...args, '--config=bare.config.ts', '--max-time=3')
}

describe('putting jobs in, looking at them, mending', () => {
  let project: Project
  beforeEach(() => {
    project = new Project({ 'queue.config.ts': config(), ...jobs })
  })
  afterEach(() => project.remove())

  const size = async (queue = 'default') => {
    const [counts] = records((await project.here('size', queue, '--json')).stdout)
    const { ready, delayed, reserved, failed } = counts!
    return { ready, delayed, reserved, failed }
  }

  it('pushes, counts and runs a job', async () => {
    const pushed = await project.here('push', 'Says', '{"to": "世界"}')
    expect(pushed).toMatchObject({ code: 0, stderr: '' })
    expect(pushed.stdout).toMatch(/^\d+\n$/)
    expect(await size()).toEqual({ ready: 1, delayed: 0, reserved: 0, failed: 0 })
    const worked = await project.queue('work')
    expect(worked.code).toBe(0)
    expect(worked.stdout).toContain('said {"to":"世界"}')
    expect(await size()).toEqual({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
  })

  it('work runs one job only, the oldest, and ends with 0 when there is none', async () => {
    await project.here('push', 'Says', '1')
    await project.here('push', 'Says', '2')
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
    await project.here('push', 'Says', '--data-file', 'data.json', '--queue', 'second')
    await project.here('push', 'Says', '--queue', 'late', '--delay', '3600')
    expect(await size('late')).toMatchObject({ ready: 0, delayed: 1 })
    const { stdout } = await project.queue('work', '--queue', 'second,default', '--stop-when-empty')
    expect(stdout).toMatch(/said {"from":"file"}[\s\S]*said {"from":"stdin"}/)
  })

  it('prints a table for people', async () => {
    await project.here('push', 'Says')
    const { stdout } = await project.here('size', 'default', 'other')
    expect(stdout).toMatch(
      /queue +ready +delayed +reserved +failed +oldest\n +default +1 +0 +0 +0 +\d.*\n +other +0/,
    )
  })

  it('warns of a name that no job has, and pushes it all the same', async () => {
    const { code, stdout, stderr } = await project.here('push', 'Sais')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d+\n$/)
    expect(stderr).toMatch(/^warning: no job has the name "Sais" \(did you mean "Says"\?\)/)
  })

  it('keeps every digit of a big integer, and refuses one that PHP cannot read', async () => {
    await project.here('push', 'Fails', '1307757455438833951')
    await project.here('push', 'Fails', '{"id": -9223372036854775808}')
    await project.queue('work', '--stop-when-empty')
    expect(records((await project.here('failed', '--json')).stdout).map(({ payload }) => payload)).toEqual([
      '{"job":"Fails","data":{"id":-9223372036854775808}}',
      '{"job":"Fails","data":1307757455438833951}',
    ])
    const refused = await project.here('push', 'Says', '{"id": 9223372036854775808}')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(/^error: data\.id: /)
  })

  it('pushes to the queue that the job itself names, unless told otherwise', async () => {
    project.write({ 'jobs/Own.mjs': 'export default class Own { static queue = "own"; fire() {} }' })
    await project.here('push', 'Own')
    expect(await size('own')).toMatchObject({ ready: 1 })
    await project.here('push', 'Own', '1', '--queue', 'other')
    expect([(await size('own')).ready, (await size('other')).ready]).toEqual([1, 1])
  })

  it('refuses to push into the memory of a process that ends', async () => {
    project.write({ 'memory.config.mjs': 'export default { connector: "memory" }' })
    const { code, stdout, stderr } = await project.here('push', 'Says', '--config=memory.config.mjs')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: connection "\w+": .*memory/)
  })

  it.each(['work', 'listen'])('%s does not start without a jobs folder, and names it', async (command) => {
    const { code, stderr } = await bare(project, 'nowhere', command)
    expect(code).toBe(2)
    expect(stderr).toContain(`there is no jobs folder ${join(project.root, 'nowhere')}`)
    expect(stderr).toMatch(/`jobs`.*queue init/)
  })

  it('says that the queues are paused when a single run finds them so', async () => {
    await project.here('push', 'Says', '1')
    await project.here('pause')
    const { code, stdout } = await project.queue('work', '--sleep', '0.1')
    expect(code).toBe(0)
    expect(records(stdout).at(-1)).toMatchObject({
      reason: 'empty',
      msg: 'no job was run: default is paused',
    })
  })

  it('cuts a long name in the table of failed jobs and in the log, not in JSON', async () => {
    const name = 'N'.repeat(240)
    await project.here('push', name)
    const { stdout: log } = await project.queue('work')
    expect(log).toContain(`${'N'.repeat(199)}…`)
    expect(log).not.toContain('N'.repeat(201))
    const { stdout: listed } = await project.here('failed')
    expect(listed).toContain(` ${'N'.repeat(59)}… `)
    expect(records((await project.here('failed', '--json')).stdout)).toMatchObject([{ job: name }])
  })

  it('says in one line which file cannot be written', async () => {
    const fresh = new Project({ jobs: 'a file' })
    try {
      const { code, stderr } = await fresh.here('init')
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: 'error: jobs/Hello.mjs cannot be written: one of the folders above it is a file\n',
      })
    } finally {
      await fresh.remove()
    }
  })

  const failTwice = async () => {
    await project.here('push', 'Fails', '{"n": 1}')
    await project.here('push', 'Fails', '{"n": 2}', '--queue', 'other')
    await project.queue('work', '--queue', 'default,other', '--stop-when-empty')
    return records((await project.here('failed', '--json')).stdout)
  }

  it('lists failed jobs with their error, newest first', async () => {
    const failed = await failTwice()
    expect(failed.map(({ queue, job }) => ({ queue, job }))).toEqual([
      { queue: 'other', job: 'Fails' },
      { queue: 'default', job: 'Fails' },
    ])
    expect(failed[0]!.error).toMatch(/^Error: it failed\n/)
    expect(failed[0]!.payload).toBe('{"job":"Fails","data":{"n":2}}')
    const { stdout } = await project.here('failed', '--queue', 'default')
    expect(stdout).toMatch(/default +Fails +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +Error: it failed\n$/)
    expect(stdout).not.toContain('other')
    expect(stdout).not.toContain('"n"')
    expect(records((await project.here('failed', '--json', '--limit', '1')).stdout)).toHaveLength(1)
  })

  it('retries by id, and says which ids are unknown', async () => {
    const [newest] = await failTwice()
    const { code, stdout, stderr } = await project.here('retry', String(newest!.id), '999')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '1 failed job back in its queue.\n' })
    expect(stderr).toBe('no failed job has the id 999\n')
    expect(await size('other')).toMatchObject({ ready: 1, failed: 0 })
  })

  it('retries by queue, by range, and all', async () => {
    const failed = await failTwice()
    await project.here('retry', '--queue', 'other')
    expect(await size('other')).toMatchObject({ ready: 1, failed: 0 })
    expect(await size()).toMatchObject({ ready: 0, failed: 1 })
    await project.here('retry', `--range=${failed.at(-1)!.id}-${failed.at(-1)!.id}`)
    expect(await size()).toMatchObject({ ready: 1, failed: 0 })
    await project.queue('work', '--queue', 'default,other', '--stop-when-empty')
    expect((await project.here('retry', 'all')).stdout).toBe('2 failed jobs back in their queues.\n')
    expect(await size()).toMatchObject({ ready: 1, failed: 0 })
  })

  it('forgets by id and flushes by age', async () => {
    const [newest] = await failTwice()
    expect(await project.here('forget', String(newest!.id))).toMatchObject({
      code: 0,
      stdout: '1 failed job forgotten.\n',
    })
    expect(await project.here('forget', '998', '999')).toMatchObject({
      code: 1,
      stderr: 'no failed job has the id 998, 999\n',
    })
    expect((await project.here('flush', '--hours', 'x')).stderr).toMatch(
      /^error: --hours is "x"; expected hours/,
    )
    expect((await project.here('flush', '--hours', '1')).stdout).toBe('0 failed jobs removed.\n')
    expect((await project.here('flush')).stdout).toBe('1 failed job removed.\n')
    expect((await project.here('failed')).stdout).toBe('No failed jobs.\n')
  })

  it('clears a queue only when told to by --force where nobody can be asked', async () => {
    await project.here('push', 'Says', '1', '--queue', 'full')
    const refused = await project.here('clear', 'full')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('--force')
    expect(await size('full')).toMatchObject({ ready: 1 })
    expect((await project.here('clear', 'full', '--force')).stdout).toBe('1 job removed from full.\n')
    expect(await size('full')).toMatchObject({ ready: 0 })
  })

  it('clear says how many jobs workers have, which it leaves alone', async () => {
    const data = { folder: project.root, file: join(project.root, 'go') }
    await project.here('push', 'Waits', JSON.stringify(data))
    const worker = project.start('work')
    await worker.says('waits 1')
    expect((await project.here('clear', '--force')).stdout).toBe(
      '0 jobs removed from default. 1 job with workers left alone.\n',
    )
    project.write({ go: '' })
    expect((await worker.ended).code).toBe(0)
  })

  it('prints the tables, and creates them when told to', async () => {
    const printed = await project.here('table')
    expect(printed.stdout).toMatch(/CREATE TABLE IF NOT EXISTS "jobs"/)
    expect((await project.here('failed-table')).stdout).toMatch(/CREATE TABLE IF NOT EXISTS "failed_jobs"/)
    expect(existsSync(join(project.root, '.queue', 'queue.sqlite'))).toBe(false)
    expect((await project.here('table', '--apply')).code).toBe(0)
    expect(existsSync(join(project.root, '.queue', 'queue.sqlite'))).toBe(true)
    expect((await project.here('failed-table', '--apply')).code).toBe(0)
  })

  it('prints the tables of MySQL for a MySQL, without asking it', async () => {
    const env = {
      QUEUE_CONNECTOR: 'database',
      QUEUE_DSN: 'mysql://nobody@127.0.0.1:1/shop',
      QUEUE_PREFIX: 'tp_',
    }
    const printed = await project.startWith({ env }, 'table').ended
    expect(printed.stdout).toMatch(
      /CREATE TABLE IF NOT EXISTS `tp_jobs` \([\s\S]*KEY `tp_jobs_due`[\s\S]*ENGINE=InnoDB/,
    )
    const failed = await project.startWith({ env }, 'failed-table').ended
    expect(failed.stdout).toMatch(/CREATE TABLE IF NOT EXISTS `tp_failed_jobs`/)
  })

  it('init and make:job write jobs whose tests pass, and overwrite nothing', async () => {
    const fresh = new Project()
    try {
      const made = await fresh.here('init')
      expect(made.stdout).toMatch(
        /created +queue\.config\.ts\n +created +jobs\/Hello\.mjs\n +created +jobs\/Hello\.test\.mjs/,
      )
      expect((await fresh.here('make:job', 'admin/SendNotice')).code).toBe(0)
      expect((await fresh.here('make:job', 'Report', '--function')).code).toBe(0)
      for (const job of ['Hello', 'admin/SendNotice', 'Report'])
        expect(await fresh.here('push', job, '{"id": 7}')).toMatchObject({ code: 0, stderr: '' })
      const { stdout } = await fresh.queue('work', '--stop-when-empty')
      expect(stdout).toMatch(/Hello: id 7, attempt 1[\s\S]*SendNotice: id 7[\s\S]*Report: id 7/)
      expect(await fresh.node('--test')).toMatchObject({ code: 0 })
      fresh.write({ 'queue.config.ts': '// mine\n' })
      const again = await fresh.here('init')
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
      await fresh.here('init', '--jobs', 'src/jobs')
      await fresh.here('make:job', 'Later', '--function')
      expect(existsSync(join(fresh.root, 'src', 'jobs', `Hello.${extension}`))).toBe(true)
      await fresh.here('push', 'Hello', '{"id": 7}')
      await fresh.here('push', 'Later', '{"id": 8}')
      const { stdout } = await fresh.queue('work', '--stop-when-empty')
      expect(stdout).toMatch(/Hello: id 7[\s\S]*Later: id 8/)
      const tested = await fresh.node('--test', 'src/jobs/Hello.test.mjs', 'src/jobs/Later.test.mjs')
      expect(tested.stdout).toMatch(/pass 2\n/)
    } finally {
      await fresh.remove()
    }
  })

  it('make:job refuses a name that is taken', async () => {
    const { code, stderr } = await project.here('make:job', 'Says')
    expect(code).toBe(2)
    expect(stderr).toContain(join(project.root, 'jobs', 'Says.mjs'))
  })
})
