import { join } from 'node:path'
import { describe } from 'vitest'
import { records } from '../cli/project.ts'
import { testOn, testsOnEach } from './on-store.ts'

const worker = {
  tries: 7,
  pools: {
    notices: { queues: ['notices', 'urgent'], max: 2, concurrency: 3 },
    rest: { queues: ['default'] },
  },
  balance: { every: 0.1, cooldown: 0.3 },
}

const each = testsOnEach({ worker })

describe.each(each)(
  'queue work --daemon with pools, on %s',
  { concurrent: true, timeout: 60_000 },
  (_, it) => {
    it('serves the queues of every pool, and a pool grows by what waits and shrinks when nothing does', async ({
      project,
      queue,
      expect,
    }) => {
      const waiting = { file: join(project.root, 'go'), folder: project.root }
      await queue.bulk(Array(4).fill({ job: 'Waits', data: waiting, queue: 'notices' }))
      await queue.push('Says', 'default')
      const parent = project.start('work', '--daemon', '--name', 'shop')
      await parent.says('pool notices: 2 of at most 2')
      await parent.says('waits 1', 4)
      project.write({ go: '' })
      await parent.says('pool notices: 1 of at most 2')
      await queue.push('Says', 'urgent', 'urgent')
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
  },
)

const it = testOn('sqlite', { worker })

describe.concurrent('queue work --daemon with pools', { timeout: 60_000 }, () => {
  it('a queue on the command line is served alone, as without pools', async ({ project, queue, expect }) => {
    await queue.push('Says', 1, 'urgent')
    const { code, stdout } = await project.queue('work', '--stop-when-empty', '--queue', 'urgent')
    expect(code).toBe(0)
    expect(records(stdout)[0]).toMatchObject({ msg: 'started', queues: ['urgent'], tries: 7 })
    expect(stdout).not.toContain('pool ')
  })

  it('refuses pools that cannot be', async ({ project, config, expect }) => {
    const few = await project.queue('work', '--daemon', '--processes', '1')
    expect(few).toMatchObject({ code: 2, stdout: '' })
    expect(few.stderr).toContain('1 processes are fewer than the 2 that the pools have at least')
    project.write({ 'queue.config.ts': config.replace('"max":2', '"min":3,"max":2') })
    const crossed = await project.queue('work', '--daemon')
    expect(crossed).toMatchObject({ code: 2, stdout: '' })
    expect(crossed.stderr).toContain('worker.pools.notices.max is 2; expected at least its min of 3')
    project.write({ 'queue.config.ts': config.replace('"queues":["default"]', '"queue":"default"') })
    const unknown = await project.queue('work', '--daemon')
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('worker.pools.rest.queue is an unknown key')
  })
})
