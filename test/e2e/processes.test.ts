import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, describe } from 'vitest'
import type { DatabaseConnector } from '../../src/connectors/database/index.ts'
import { config, jobs, Project, type Running, records } from '../cli/project.ts'
import { push, withStoreOf } from './project-store.ts'

/** Leases that no test sees the end of. */
const longLease = config().replace('expire: 1,', 'expire: 60,')

const tells = `export default class Tells {
  async fire(job, data) {
    console.log('told ' + data + ' by ' + process.pid)
    await job.delete()
  }
}
`

const it = base.extend<{ project: Project; store: DatabaseConnector }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from its pattern
  project: async ({}, use) => {
    const project = new Project({ 'queue.config.ts': longLease, ...jobs, 'jobs/Tells.mjs': tells })
    await use(project)
    await project.remove()
  },
  store: ({ project }, use) => withStoreOf(project, use),
})

const started = async (project: Project, ...flags: string[]): Promise<Running> => {
  const parent = project.start('work', '--daemon', '--processes', '2', ...flags)
  await parent.says('"started"')
  return parent
}
/** A job that says its attempt and its process, and runs until the answer is called. */
const pushWaiting = async (project: Project, store: DatabaseConnector) => {
  const file = join(project.root, 'go')
  const waits = jobs['jobs/Waits.mjs'].replace(`job.attempts)`, `job.attempts + ' in ' + process.pid + '.')`)
  const hears = `process.on('SIGTERM', () => console.log('heard SIGTERM'))\n`
  project.write({ 'jobs/Waits.mjs': hears + waits })
  await push(store, 'default', 'Waits', { file, folder: project.root })
  return () => writeFileSync(file, '')
}
/** The same, under way in a worker of a parent. */
const startedWaiting = async (project: Project, store: DatabaseConnector, ...flags: string[]) => {
  const open = await pushWaiting(project, store)
  const parent = await started(project, ...flags)
  await parent.says('waits 1')
  return { open, parent }
}
const waitingPid = ({ stdout }: Running) => Number(/waits \d+ in (\d+)\./.exec(stdout)![1])
const texts = ({ stdout }: { stdout: string }) => records(stdout).map(({ msg }) => msg)

describe.concurrent('queue work --processes', { timeout: 60_000 }, () => {
  it('runs the jobs in children that say which they are, and drains them all', async ({
    project,
    store,
    expect,
  }) => {
    const { open, parent } = await startedWaiting(project, store, '--name', 'shop')
    await push(store, 'default', 'Tells', 1)
    await parent.says('told 1 by')
    await parent.says('"done"')
    expect(new Set([parent.process.pid, waitingPid(parent)])).not.toContain(
      Number(/told 1 by (\d+)/.exec(parent.stdout)![1]),
    )
    parent.signal('SIGTERM')
    await parent.says('finishing what runs')
    open()
    const { code, stdout } = await parent.ended
    expect(code).toBe(0)
    expect(stdout).toContain('waited 1')
    const [banner, ...others] = records(stdout).filter(({ msg }) => msg === 'started')
    expect(others).toEqual([])
    expect(banner).toMatchObject({ worker: 'shop', processes: 2, jobs: 4 })
    const done = records(stdout).filter(({ msg }) => msg === 'done')
    expect(new Set(done.map(({ worker }) => worker))).toEqual(new Set(['shop/1', 'shop/2']))
    expect(records(stdout).at(-1)).toMatchObject({ worker: 'shop', reason: 'signal' })
  })

  it('gives back at once what a killed child ran, its attempt spent, and starts another child', async ({
    project,
    store,
    expect,
  }) => {
    const { open, parent } = await startedWaiting(project, store)
    const before = performance.now()
    process.kill(waitingPid(parent), 'SIGKILL')
    await parent.says('waits 2')
    expect(performance.now() - before).toBeLessThan(2_500)
    expect(texts(parent)).toContainEqual(
      expect.stringMatching(/was ended by SIGKILL; the next one starts in/),
    )
    expect(texts(parent)).toContainEqual(expect.stringMatching(/the job 1 that ran in worker \d went back/))
    expect(await store.size('default')).toMatchObject({ ready: 0, reserved: 1 })
    open()
    await parent.says('"done"')
  })

  it('its children finish and end when it is killed', async ({ project, store, expect }) => {
    const { open, parent } = await startedWaiting(project, store)
    parent.signal('SIGKILL')
    open()
    // Closed only when the children, which share the output, have ended too.
    expect((await parent.ended).stdout).toContain('waited 1')
  })

  it('a second signal gives back what runs', async ({ project, store, expect }) => {
    const { parent } = await startedWaiting(project, store)
    parent.signal('SIGTERM')
    await parent.says('finishing what runs')
    parent.signal('SIGTERM')
    expect((await parent.ended).code).toBe(0)
    const { ready, delayed, reserved } = await store.size('default')
    expect([ready + delayed, reserved]).toEqual([1, 0])
  })

  it('a signal that reaches the child besides, as from systemd, does not make it a second one', async ({
    project,
    store,
    expect,
  }) => {
    const { open, parent } = await startedWaiting(project, store)
    for (const times of [1, 2]) {
      process.kill(waitingPid(parent), 'SIGTERM')
      await parent.says('heard SIGTERM', times)
      if (times === 1) parent.signal('SIGTERM')
      await parent.says('finishing what runs')
    }
    open()
    const { code, stdout } = await parent.ended
    expect(code).toBe(0)
    expect(stdout.match(/waits|waited/g)).toEqual(['waits', 'waited'])
    expect(await store.size('default')).toMatchObject({ ready: 0, delayed: 0, reserved: 0 })
  })

  it('kills a child that does not end in its grace time, and ends with code 1', async ({
    project,
    store,
    expect,
  }) => {
    project.write({
      'jobs/Blocks.mjs': `export default class Blocks { fire() { console.log('blocks'); for (;;); } }`,
    })
    await push(store, 'default', 'Blocks', '')
    const parent = await started(project, '--grace', '0')
    await parent.says('blocks')
    parent.signal('SIGTERM')
    parent.signal('SIGINT')
    const { code, stdout } = await parent.ended
    expect(code).toBe(1)
    expect(stdout).toContain('was ended by SIGKILL before it had finished')
    const { ready, delayed, reserved } = await store.size('default')
    expect([ready + delayed, reserved]).toEqual([1, 0])
  })

  it('USR2 pauses all children and CONT resumes them', async ({ project, store, expect }) => {
    const parent = await started(project, '--sleep', '0.1', '-v')
    parent.signal('SIGUSR2')
    await parent.says('told to pause', 2)
    await push(store, 'default', 'Says', 1)
    expect((await project.queue('work')).stdout).toContain('said 1')
    parent.signal('SIGCONT')
    await parent.says('told to resume', 2)
    await push(store, 'default', 'Says', 2)
    await parent.says('said 2')
    expect(parent.stdout).not.toContain('said 1')
  })

  it('waits before it replaces one that crashes at its start', async ({ project, store, expect }) => {
    project.write({ 'jobs/Exits.mjs': 'process.exit(1)' })
    const parent = project.start('work', '--daemon', '--processes', '2')
    await parent.says('ended with code 1 after', 3)
    project.write({ 'jobs/Exits.mjs': '' })
    await push(store, 'default', 'Says', 1)
    await parent.says('said 1')
    const waits = [...parent.stdout.matchAll(/next one starts in (\d+)ms|next one starts in (\d)/g)]
    expect(waits.length).toBeGreaterThanOrEqual(3)
    expect(waits.every(([, ms, s]) => Number(ms ?? 0) >= 500 || Number(s ?? 0) >= 1)).toBe(true)
  })

  it('ends with code 2 when a child finds the configuration wrong', async ({ project, expect }) => {
    project.write({
      'queue.config.mjs': `export default process.argv.includes('--pooled') ? { conector: 'x' } : { connector: 'memory' }`,
      'queue.config.ts': '',
    })
    const flags = ['--config', 'queue.config.mjs', '--processes', '2', '--daemon']
    const { code, stderr } = await project.queue('work', ...flags)
    expect(code).toBe(2)
    expect(stderr).toContain('conector is an unknown key')
  })

  it('a child that reached --max-jobs is replaced, and --stop-when-empty ends them all', async ({
    project,
    store,
    expect,
  }) => {
    await push(store, 'default', 'Tells', 1, 2, 3)
    const flags = ['--processes', '2', '--stop-when-empty', '--max-jobs', '1']
    const { code, stdout } = await project.queue('work', '--daemon', ...flags)
    expect(code).toBe(0)
    expect(records(stdout).at(-1)).toMatchObject({ reason: 'empty' })
    expect(new Set(stdout.match(/told \d by \d+/g)!.map((line) => line.slice(10))).size).toBe(3)
    await push(store, 'default', 'Tells', 1, 2, 3)
    await project.queue('work', '--processes', '2', '--max-jobs', '1')
    expect(await store.size('default')).toMatchObject({ ready: 1 })
  })

  it('is for workers that keep running', async ({ project, store, expect }) => {
    const bare = await project.queue('work', '--processes', '2')
    expect(bare).toMatchObject({ code: 2, stdout: '' })
    expect(bare.stderr).toMatch(/^error: --processes 2 is for workers that keep running.* add --daemon/)
    const once = await project.queue('work', '--daemon', '--once', '--processes', '2')
    expect(once.stderr).toContain('leave out --once')
    expect((await project.queue('work', '--processes', '1001', '--daemon')).stderr).toContain('at most 1000')
    const asked = { env: { QUEUE_WORKER_PROCESSES: '2' } }
    await push(store, 'default', 'Tells', 1)
    const one = project.startWith(asked, 'work')
    expect((await one.ended).stdout).toContain(`told 1 by ${one.process.pid}`)
    const both = await project.startWith(asked, 'work', '--stop-when-empty').ended
    expect(records(both.stdout)[0]).toMatchObject({ processes: 2 })
  })

  it('queue restart: new code takes jobs before the old workers drain, once for all of them', async ({
    project,
    store,
    expect,
  }) => {
    const { open, parent } = await startedWaiting(project, store)
    project.write({ 'jobs/Tells.mjs': tells.replace('told', 'newly told') })
    await project.queue('restart')
    await parent.says('every worker is a new one')
    await push(store, 'default', 'Tells', 1)
    await parent.says('newly told 1')
    expect(parent.stdout).not.toContain('waited')
    open()
    await parent.says('waited 1')
    parent.signal('SIGTERM')
    const { code, stdout } = await parent.ended
    expect(code).toBe(0)
    expect(stdout.match(/queue restart was called/g)).toHaveLength(1)
  })

  it('SIGHUP does the same; when new code does not start, the old workers go on', async ({
    project,
    store,
    expect,
  }) => {
    const parent = await started(project, '-v')
    await parent.says('takes jobs', 2)
    project.write({ 'queue.config.ts': 'export default { conector: 1 }' })
    parent.signal('SIGHUP')
    await parent.says('took no jobs, so the old ones go on')
    await push(store, 'default', 'Tells', 1)
    await parent.says('told 1')
    project.write({ 'queue.config.ts': longLease, 'jobs/Tells.mjs': tells.replace('told', 'newly told') })
    parent.signal('SIGHUP')
    await parent.says('every worker is a new one')
    await push(store, 'default', 'Tells', 2)
    await parent.says('newly told 2')
    parent.signal('SIGTERM')
    const { code, stderr } = await parent.ended
    expect(code).toBe(0)
    expect(stderr.match(/conector is an unknown key/g)).toHaveLength(1)
  })
})
