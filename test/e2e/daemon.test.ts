import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { config, jobs, Project, type Running, records } from '../cli/project.ts'

const it = base.extend<{ project: Project }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from its pattern
  project: async ({}, use) => {
    const project = new Project({ 'queue.config.ts': config(), ...jobs })
    await use(project)
    await project.remove()
  },
})

const started = async (project: Project, ...flags: string[]): Promise<Running> => {
  const daemon = project.start('work', '--daemon', ...flags)
  await daemon.says('"started"')
  return daemon
}
/** A job that runs until the answer is called. */
const pushWaiting = async (project: Project) => {
  const file = join(project.root, 'go')
  await project.here('push', 'Waits', JSON.stringify({ file, folder: project.root }))
  return () => writeFileSync(file, '')
}
const size = async (project: Project) => records((await project.here('size', '--json')).stdout)[0]!
const reasonOf = (stdout: string) => records(stdout).at(-1)!.reason

describe('queue work --daemon, told to stop', () => {
  it.for(['SIGINT', 'SIGQUIT'] as const)(
    '%s ends an idle one within 500 ms with code 0',
    async (signal, { project }) => {
      const daemon = await started(project, '--sleep', '60')
      await project.here('push', 'Says', '1')
      await daemon.says('said 1')
      await daemon.says('"done"')
      const before = performance.now()
      daemon.signal(signal)
      const { code, stdout } = await daemon.ended
      expect(performance.now() - before).toBeLessThan(500)
      expect(code).toBe(0)
      expect(reasonOf(stdout)).toBe('signal')
    },
  )

  it('a store that hangs for ever cannot keep it after a stop signal', async ({ project }) => {
    const never = '() => new Promise(() => {})'
    project.write({
      'hangs.mjs': `export default () => ({
        name: 'hangs', wire: 'row', resolutionMs: 1,
        open: async () => {}, close: ${never}, push: ${never}, isTransient: () => true,
        reserve: ${never}, settle: ${never}, touch: ${never}, size: ${never}, clear: ${never},
        failed: {}, cache: { get: async () => null },
      })`,
      'queue.config.ts': `export default { connector: './hangs.mjs' }`,
    })
    const daemon = await started(project, '--grace', '0')
    const before = performance.now()
    daemon.signal('SIGTERM')
    await daemon.ended
    expect(performance.now() - before).toBeLessThan(8_000)
  })
})

describe.concurrent('queue work --daemon', { timeout: 60_000 }, () => {
  it('USR2 pauses it and CONT resumes it', async ({ project, expect }) => {
    const daemon = await started(project)
    daemon.signal('SIGUSR2')
    await daemon.says('paused until SIGCONT')
    await project.here('push', 'Says', '1')
    expect(daemon.stdout).not.toContain('said')
    daemon.signal('SIGCONT')
    await daemon.says('said 1')
  })

  it('pause and resume reach it, and restart ends it', async ({ project, expect }) => {
    const daemon = await started(project)
    expect((await project.here('pause')).stdout).toMatch(/^Paused: default\./)
    await daemon.says('paused: default')
    await project.here('push', 'Says', '1')
    expect(await size(project)).toMatchObject({ ready: 1 })
    expect((await project.queue('work', '--force')).stdout).toContain('said 1')
    await project.here('push', 'Says', '2')
    expect((await project.here('resume', '--all')).stdout).toBe('Nothing is paused.\n')
    await daemon.says('said 2')
    expect((await project.here('restart')).stdout).toMatch(/^Restart signal sent/)
    const { code, stdout } = await daemon.ended
    expect(code).toBe(0)
    expect(reasonOf(stdout)).toBe('restart')
  })

  it('a failed job that is retried runs in it again', async ({ project, expect }) => {
    const daemon = await started(project)
    await project.here('push', 'Fails')
    await daemon.says('was buried')
    await project.here('retry', 'all')
    await daemon.says('was buried', 2)
    const [first, second] = records(daemon.stdout).filter(({ msg }) => msg === 'error')
    expect(first).toMatchObject({ job: 'Fails', attempts: 1, willRetry: false, error: 'it failed' })
    expect(second).toMatchObject({ attempts: 1 })
  })

  it('when it is killed, the next one runs its job once the lease has ended', async ({ project, expect }) => {
    const open = await pushWaiting(project)
    const killed = await started(project)
    await killed.says('waits 1')
    killed.signal('SIGKILL')
    await killed.ended
    expect(await size(project)).toMatchObject({ reserved: 1 })
    open()
    const next = await started(project)
    await next.says('waited 2')
    await next.says('"done"')
    expect(await size(project)).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
  })

  it('names a broken module, and runs the other jobs', async ({ project, expect }) => {
    project.write({ 'jobs/Broken.mjs': 'export default class {' })
    const daemon = await started(project)
    await daemon.says(join(project.root, 'jobs', 'Broken.mjs'))
    const problem = records(daemon.stdout).find(({ level }) => level === 'error')
    expect(problem!.msg).toMatch(/could not be loaded/)
    await project.here('push', 'Says', '1')
    await daemon.says('said 1')
  })

  it.for([['--max-jobs', '2', 'max-jobs'] as const, ['--max-time', '2', 'max-time'] as const])(
    '%s ends it with code 0',
    async ([flag, value, reason], { project, expect }) => {
      for (const n of [1, 2, 3]) await project.here('push', 'Says', String(n))
      const { code, stdout } = await project.queue('work', flag, value)
      expect(code).toBe(0)
      expect(reasonOf(stdout)).toBe(reason)
      expect(stdout.includes('said 3')).toBe(reason === 'max-time')
    },
  )

  it('warns once when it starts above its memory limit, and ends with code 12', async ({
    project,
    expect,
  }) => {
    const { code, stdout } = await project.queue('work', '--daemon', '--memory', '1')
    expect(code).toBe(12)
    expect(stdout.match(/above --memory 1/g)).toHaveLength(1)
    expect(reasonOf(stdout)).toBe('memory')
  })

  it('ends with code 1 after a job that did not end when its time was up', async ({ project, expect }) => {
    project.write({
      'jobs/Hangs.mjs':
        'export default class Hangs { static timeout = 0.1; fire() { return new Promise(() => {}) } }',
    })
    await project.here('push', 'Hangs')
    const { code, stdout } = await project.queue('work', '--daemon')
    expect(code).toBe(1)
    expect(reasonOf(stdout)).toBe('timeout')
  })

  it('drains and ends with code 1 after an error that nobody caught', async ({ project, expect }) => {
    project.write({
      'jobs/Leaks.mjs': `export default class Leaks { async fire(job) { await job.delete(); setImmediate(() => { throw new Error('nobody caught me') }) } }`,
    })
    await project.here('push', 'Leaks')
    const { code, stdout } = await project.queue('work', '--daemon')
    expect(code).toBe(1)
    expect(stdout).toContain('nobody caught me')
    expect(reasonOf(stdout)).toBe('crash')
  })

  it('says with --quiet only what went wrong, and with -v what each job was', async ({ project, expect }) => {
    await project.here('push', 'Says', '1')
    await project.here('push', 'Fails')
    const quiet = await project.queue('work', '--stop-when-empty', '--quiet')
    expect(records(quiet.stdout).map(({ level }) => level)).toEqual(['error', 'error'])
    await project.here('push', 'Fails')
    const verbose = await project.queue('work', '--stop-when-empty', '-v', '--name', 'left')
    expect(records(verbose.stdout).every(({ worker }) => worker === 'left')).toBe(true)
    expect(records(verbose.stdout).map(({ msg }) => msg)).toContain('running')
    expect(records(verbose.stdout).find(({ msg }) => msg === 'error')!.stack).toMatch(/Fails\.mjs/)
  })

  it('never shows payloads, passwords or control characters', async ({ project, expect }) => {
    project.write({
      'queue.config.ts': config(
        `connections: { main: {}, other: { connector: 'redis', host: 'h', password: 'canary-password' } }, connection: 'main',`,
      ),
      'jobs/Tells.mjs': `export default class Tells {
        static tries = 1
        fire() { throw new Error('\\u001b[31mredis://me:canary-url@host with canary-password\\u0007') }
      }`,
    })
    await project.here('push', 'Tells', '{"secret": "canary-data"}')
    await project.here('push', 'No\u009bJob', '{"secret": "canary-data"}')
    const { stdout, stderr } = await project.queue('work', '--stop-when-empty', '-v')
    const { stdout: table } = await project.here('failed')
    const all = stdout + stderr + table
    expect(all).toContain('***@host')
    expect(all).not.toContain('canary')
    expect(all).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  it('finishes and ends when the npm that started it goes away', async ({ project, expect }) => {
    const script = `const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, [${JSON.stringify(project.bin)}, 'work', '--daemon'], { stdio: ['ignore', 'inherit', 'inherit'] })
      console.log('child ' + child.pid)`
    project.write({ 'parent.cjs': script })
    const parent = project.run({ env: { npm_command: 'exec' } }, 'parent.cjs')
    await parent.says('"started"')
    parent.signal('SIGKILL')
    const { stdout } = await parent.ended
    expect(stdout).toContain('the process that started this worker is gone')
    expect(reasonOf(stdout)).toBe('signal')
  })
})
