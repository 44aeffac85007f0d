import { describe, expect } from 'vitest'
import { pageSize } from '../../src/cli/failed/selection.ts'
import { createDatabase } from '../../src/database/index.ts'
import { testOn, testsOnEach } from '../e2e/on-store.ts'
import { type Project, records } from './project.ts'

const files = {
  'jobs/Gone.mjs': `export default class Gone {
  static tries = 1
  fire() {
    throw new Error('the Gateway said no to https://me:sesame@gateway/pay')
  }
}
`,
  'jobs/Tasks.mjs': `const no = () => { throw new Error('a task failed') }
export default class Tasks { static tries = 1; one() { no() } two() { no() } }
`,
}

/** Runs all that is due, and answers the failed jobs as `queue failed` lists them. */
async function fail(project: Project) {
  const { code } = await project.queue(
    'work',
    '--queue=default,other',
    '--stop-when-empty',
    '--concurrency=20',
  )
  expect(code).toBe(0)
  return records((await project.here('failed', '--json', '--limit=1000')).stdout)
}

/** One that failed first, more than a page of others, and two tasks in another queue, which failed last. */
async function failMany(project: Project, queue: { bulk(jobs: readonly object[]): Promise<unknown> }) {
  const many = pageSize + 10
  await project.here('push', 'Gone')
  const [gone] = await fail(project)
  await queue.bulk(Array.from({ length: many }, (_, n) => ({ job: 'Fails', data: { n } })))
  await fail(project)
  await project.here('push', 'Tasks@one', '1', '--queue=other')
  await project.here('push', 'Tasks@two', '2', '--queue=other')
  const all = await fail(project)
  expect(all).toHaveLength(many + 3)
  return { many, gone: gone!, tasks: all.slice(0, 2) }
}

describe.each(testsOnEach({}, files))('failed jobs, on %s', { timeout: 90_000 }, (store, it) => {
  it('are narrowed by job, time and error, also where that takes several pages', async ({
    project,
    queue,
  }) => {
    const { many, gone, tasks } = await failMany(project, queue)
    const listed = async (...flags: readonly string[]) =>
      records((await project.here('failed', '--json', '--limit=1000', ...flags)).stdout)
    expect(await listed('--job=Gone')).toEqual([gone])
    expect(await listed('--error=gateway SAID')).toEqual([gone])
    expect(await listed('--error=sesame')).toEqual([])
    expect(await listed('--job=Fails')).toHaveLength(many)
    expect(await listed('--job=Tasks')).toEqual(tasks)
    expect(await listed('--job=Tasks@two')).toEqual(tasks.filter(({ job }) => job === 'Tasks@two'))
    expect(await listed(`--until=${gone.failedAt}`)).toEqual([gone])
    const since = tasks.map(({ failedAt }) => String(failedAt)).sort()[0]
    expect(await listed(`--since=${since}`)).toEqual(tasks)
    expect(await listed('--since=1h')).toHaveLength(many + 3)
    expect(await listed('--until=1h')).toEqual([])
    expect(await listed('--since=1h', '--queue=other', '--error=task', '--job=Tasks@one')).toHaveLength(1)
    expect((await project.here('failed', '--job=Gone')).stdout).toMatch(
      / Gone .*https:\/\/\*\*\*@gateway\/pay\n$/,
    )
    expect((await project.here('failed', '--job=Says')).stdout).toBe('No such failed jobs.\n')
    const newest = (await project.here('failed', '--job=Fails', '--limit=2')).stdout
    expect(newest).toMatch(/^.*\n( .* Fails .*\n){2} {2}The newest 2; --limit shows more\.\n$/)
  })

  it('are retried by the same filters, each once', async ({ project, queue }) => {
    const { many, gone, tasks } = await failMany(project, queue)
    const retried = async (...flags: readonly string[]) =>
      records((await project.here('retry', '--json', ...flags)).stdout).map(({ id }) => id)
    expect(await retried('--job=Gone', '--queue=other')).toEqual([])
    expect(await retried('--error=gateway', `--until=${gone.failedAt}`)).toEqual([gone.id])
    expect(await retried('--job=Tasks', '--limit=1')).toEqual([tasks[0]!.id])
    expect(await retried('--since=1h', '--queue=other')).toEqual([tasks[1]!.id])
    expect(new Set(await retried('all', '--job=Fails')).size).toBe(many)
    expect(await retried('all')).toEqual([])
    expect(await queue.size('default')).toMatchObject({ ready: many + 1, failed: 0 })
    expect(await queue.size('other')).toMatchObject({ ready: 2, failed: 0 })
  })

  it('are shown one by one, with the whole error, the data for people, and the attempts where they are known', async ({
    project,
  }) => {
    await project.here(
      'push',
      'Gone',
      '{"id": 1307757455438833951, "to": ["世界", "\\u001b[31m\\u202e"], "no": []}',
    )
    const [{ id, payload } = {}] = await fail(project)
    const { code, stdout } = await project.here('failed', 'show', String(id))
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}id {10}\S+\n {2}job {9}Gone\n {2}queue {7}default\n {2}connection {2}\S+\n/)
    expect(stdout).toMatch(/\n {2}failed at {3}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/)
    expect(stdout.includes('\n  attempts    1\n')).toBe(store === 'redis')
    expect(stdout).toMatch(
      /\n\nError: the Gateway said no to https:\/\/\*\*\*@gateway\/pay\n {4}at .*Gone\.mjs:4:/,
    )
    expect(stdout).toMatch(
      /\n\ndata\n\{\n {2}"id": 1307757455438833951,\n {2}"to": \[\n {4}"世界",\n {4}"\\u001b\[31m\\u202e"\n {2}\],\n {2}"no": \[\]\n\}\n$/,
    )
    const [told, ...more] = records((await project.here('failed', 'show', String(id), '--json')).stdout)
    expect(more).toEqual([])
    expect(told).toMatchObject({ id, job: 'Gone', payload, attempts: store === 'redis' ? 1 : null })
    expect(told!.error).toMatch(/\*\*\*@gateway\/pay\n {4}at /)
    expect(await project.here('failed', 'show', '4711')).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: 'no failed job has the id 4711\n',
    })
  })
})

const onSqlite = testOn('sqlite')
describe('failed jobs', () => {
  const it = onSqlite

  it('whose payload is no JSON are shown as they are, without obeying it and without the secrets in it', async ({
    project,
  }) => {
    await project.here('table', '--apply')
    const database = createDatabase({ url: 'sqlite:./.queue/queue.sqlite', root: project.root })
    const broken = '{"job":"Fails",\n\x1b[2J"data":"open sesame'
    for (const payload of [broken, '{"job":"Fails","data":{"pass":"open sesame"}}'])
      await database.execute(
        'INSERT INTO jobs (queue, payload, attempts, reserved, available_at, created_at) VALUES (?, ?, 0, 0, 1, 1)',
        ['default', payload],
      )
    await database.close()
    const ids = (await fail(project)).map(({ id }) => String(id)).sort()
    const [first, second] = await Promise.all(
      ids.map(
        (id) => project.startWith({ env: { QUEUE_PASSWORD: 'open sesame' } }, 'failed', 'show', id).ended,
      ),
    )
    expect(first!.stdout).toMatch(/\n\npayload\n\{"job":"Fails",\n\\u001b\[2J"data":"\*\*\*\n$/)
    expect(second!.stdout).toMatch(/\n\ndata\n\{\n {2}"pass": "\*\*\*"\n\}\n$/)
  })

  it('ask what was meant where a word or a flag is mistyped, or is out of place', async ({ project }) => {
    const refused = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await project.here(...args)
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
      return stderr
    }
    expect(await refused('failed', 'shwo', '12')).toBe(
      'error: failed takes no "shwo"; did you mean queue failed show 12?\n',
    )
    expect(await refused('failed', '12')).toContain('did you mean queue failed show 12?')
    expect(await refused('failed', '--jop=Fails')).toContain('Did you mean --job?')
    expect(await refused('retry', '--sinc=1h')).toContain('Did you mean --since?')
    expect(await refused('failed', 'show', '12', '--jsn')).toContain('Did you mean --json?')
    expect(await refused('compltion', 'bash')).toContain('Did you mean completion?')
    expect(await refused('failed', 'show', '12', '--queue=a')).toContain('--queue')
    expect(await refused('retry', '1', '--job=Fails', '--limit=2')).toBe(
      'error: say ids or --job, --limit, not both\n',
    )
    expect(await refused('retry', 'all', '1')).toContain('say all or ids, not both')
    expect(await refused('retry', '--range=1-2', '--job=Fails')).toContain('say --range or --job, not both')
    expect(await refused('retry', 'all', '--range=1-2')).toContain('say --range or all, not both')
    expect(await refused('retry', '--limit=2')).toContain('say which failed jobs')
    expect(await refused('failed', '--since=1h', '--until=2h')).toBe(
      'error: --since 1h is later than --until 2h\n',
    )
  })
})
