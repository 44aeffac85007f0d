import { join } from 'node:path'
import { test as base, describe } from 'vitest'
import type { DatabaseConnector } from '../../src/connectors/database/index.ts'
import { config, jobs, Project, records } from '../cli/project.ts'
import { push, withStoreOf } from './project-store.ts'

const pools = (more = '') =>
  config(`worker: {
    tries: 7,
    pools: {
      notices: { queues: ['notices', 'urgent'], max: 2, concurrency: 3 },
      rest: { queues: ['default'] },
    },
    balance: { every: 0.1, cooldown: 0.3 },
    ${more}
  },`)

const it = base.extend<{ project: Project; store: DatabaseConnector }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from its pattern
  project: async ({}, use) => {
    const project = new Project({ 'queue.config.ts': pools(), ...jobs })
    await use(project)
    await project.remove()
  },
  store: ({ project }, use) => withStoreOf(project, use),
})

describe.concurrent('queue work --daemon with pools', { timeout: 60_000 }, () => {
  it('serves the queues of every pool, and a pool grows by what waits and shrinks when nothing does', async ({
    project,
    store,
    expect,
  }) => {
    const waiting = { file: join(project.root, 'go'), folder: project.root }
    await push(store, 'notices', 'Waits', waiting, waiting, waiting, waiting)
    await push(store, 'default', 'Says', 'default')
    const parent = project.start('work', '--daemon', '--name', 'shop')
    await parent.says('pool notices: 2 of at most 2')
    await parent.says('waits 1', 4)
    project.write({ go: '' })
    await parent.says('pool notices: 1 of at most 2')
    await push(store, 'urgent', 'Says', 'urgent')
    await parent.says('said "urgent"')
    parent.signal('SIGTERM')
    const { code, stdout } = await parent.ended
    expect(code).toBe(0)
    const lines = records(stdout)
    expect(lines.find(({ msg }) => msg === 'started')).toMatchObject({
      queues: ['notices', 'urgent', 'default'],
      processes: 2,
    })
    expect(stdout).toContain('pool notices: 1 to 2 workers of concurrency 3 for notices, urgent')
    const workers = new Set(lines.filter(({ msg }) => msg === 'done').map(({ worker }) => worker))
    expect(workers).toEqual(new Set(['shop/notices/1', 'shop/notices/2', 'shop/rest/1']))
  })

  it('a queue on the command line is served alone, as without pools', async ({ project, store, expect }) => {
    await push(store, 'urgent', 'Says', 1)
    const { code, stdout } = await project.queue('work', '--stop-when-empty', '--queue', 'urgent')
    expect(code).toBe(0)
    expect(records(stdout)[0]).toMatchObject({ msg: 'started', queues: ['urgent'], tries: 7 })
    expect(stdout).not.toContain('pool ')
  })

  it('refuses pools that cannot be', async ({ project, expect }) => {
    const few = await project.queue('work', '--daemon', '--processes', '1')
    expect(few).toMatchObject({ code: 2, stdout: '' })
    expect(few.stderr).toContain('1 processes are fewer than the 2 that the pools have at least')
    project.write({ 'queue.config.ts': pools().replace('max: 2', 'min: 3, max: 2') })
    const crossed = await project.queue('work', '--daemon')
    expect(crossed).toMatchObject({ code: 2, stdout: '' })
    expect(crossed.stderr).toContain('worker.pools.notices.max is 2; expected at least its min of 3')
    project.write({ 'queue.config.ts': pools().replace(`queues: ['default']`, `queue: 'default'`) })
    const unknown = await project.queue('work', '--daemon')
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('worker.pools.rest.queue is an unknown key')
  })
})
