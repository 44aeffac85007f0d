import { describe } from 'vitest'
import { records } from '../cli/project.ts'
import { testOn } from './on-store.ts'
import { startedParent, startedWaiting, tells, waitingPid } from './parent.ts'
import { childrenOf } from './process-tree.ts'

const it = testOn('sqlite', {}, { 'jobs/Tells.mjs': tells })

describe.concurrent('queue work --processes', { timeout: 60_000 }, () => {
  it('runs the jobs in children that say which they are, and drains them all', async ({
    project,
    queue,
    expect,
  }) => {
    const { open, parent } = await startedWaiting(project, queue, '--name', 'shop')
    await queue.push('Tells', 1)
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

  it('ends with 0 when it is told to stop while the next worker is still to come after a crash', async ({
    project,
    expect,
  }) => {
    project.write({ 'jobs/Exits.mjs': 'process.exit(1)' })
    const parent = project.start('work', '--daemon', '--processes', '2')
    await parent.says('ended with code 1 after', 6)
    // One may be there again, and end with 1, while the other is still to come.
    for (let times = 7; childrenOf(parent.process.pid!).length > 0; times++)
      await parent.says('ended with code 1 after', times)
    parent.signal('SIGTERM')
    expect(await parent.ended).toMatchObject({ code: 0, signal: null })
  })

  it('a signal that reaches the child besides, as from systemd, does not make it a second one', async ({
    project,
    queue,
    expect,
  }) => {
    const { open, parent } = await startedWaiting(project, queue)
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
    expect(await queue.size()).toMatchObject({ ready: 0, delayed: 0, reserved: 0 })
  })

  it('kills a child that does not end in its grace time, and ends with code 1', async ({
    project,
    queue,
    expect,
  }) => {
    project.write({
      'jobs/Blocks.mjs': `export default class Blocks { fire() { console.log('blocks'); for (;;); } }`,
    })
    await queue.push('Blocks', '')
    const parent = await startedParent(project, '--grace', '0')
    await parent.says('blocks')
    parent.signal('SIGTERM')
    parent.signal('SIGINT')
    const { code, stdout } = await parent.ended
    expect(code).toBe(1)
    expect(stdout).toContain('was ended by SIGKILL before it had finished')
    const { ready, delayed, reserved } = await queue.size()
    expect([ready + delayed, reserved]).toEqual([1, 0])
  })

  it('USR2 pauses all children and CONT resumes them', async ({ project, queue, expect }) => {
    const parent = await startedParent(project, '--sleep', '0.1', '-v')
    parent.signal('SIGUSR2')
    await parent.says('told to pause', 2)
    await queue.push('Says', 1)
    expect((await project.queue('work')).stdout).toContain('said 1')
    parent.signal('SIGCONT')
    await parent.says('told to resume', 2)
    await queue.push('Says', 2)
    await parent.says('said 2')
    expect(parent.stdout).not.toContain('said 1')
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
    queue,
    expect,
  }) => {
    await queue.bulk([1, 2, 3].map((data) => ({ job: 'Tells', data })))
    const flags = ['--processes', '2', '--stop-when-empty', '--max-jobs', '1']
    const { code, stdout } = await project.queue('work', '--daemon', ...flags)
    expect(code).toBe(0)
    expect(records(stdout).at(-1)).toMatchObject({ reason: 'empty' })
    expect(new Set(stdout.match(/told \d by \d+/g)!.map((line) => line.slice(10))).size).toBe(3)
    await queue.bulk([1, 2, 3].map((data) => ({ job: 'Tells', data })))
    await project.queue('work', '--processes', '2', '--max-jobs', '1')
    expect(await queue.size()).toMatchObject({ ready: 1 })
  })

  it('is for workers that keep running', async ({ project, queue, expect }) => {
    const bare = await project.queue('work', '--processes', '2')
    expect(bare).toMatchObject({ code: 2, stdout: '' })
    expect(bare.stderr).toMatch(/^error: --processes 2 is for workers that keep running.* add --daemon/)
    const once = await project.queue('work', '--daemon', '--once', '--processes', '2')
    expect(once.stderr).toContain('leave out --once')
    expect((await project.queue('work', '--processes', '1001', '--daemon')).stderr).toContain('at most 1000')
    const asked = { env: { QUEUE_WORKER_PROCESSES: '2' } }
    await queue.push('Tells', 1)
    const one = project.startWith(asked, 'work')
    expect((await one.ended).stdout).toContain(`told 1 by ${one.process.pid}`)
    const both = await project.startWith(asked, 'work', '--stop-when-empty').ended
    expect(records(both.stdout)[0]).toMatchObject({ processes: 2 })
  })
})
