import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'
import { Project, type Running, records } from '../cli/project.ts'
import { testsOnEach } from './on-store.ts'
import { startedParent } from './parent.ts'

const each = testsOnEach()

/** The workers that `queue workers` lists. */
async function listed(project: Project, ...args: string[]): Promise<Record<string, unknown>[]> {
  return records((await project.here('workers', '--json', ...args)).stdout)
}

/** Asks until the list is as it is wanted: a worker says what it does every few seconds. */
async function untilListed(
  project: Project,
  isWanted: (workers: readonly Record<string, unknown>[]) => boolean,
): Promise<Record<string, unknown>[]> {
  for (;;) {
    const workers = await listed(project)
    if (isWanted(workers)) return workers
  }
}

async function started(project: Project, ...flags: string[]): Promise<Running> {
  const worker = project.start('work', '--daemon', ...flags)
  await worker.says('"started"')
  await untilListed(project, (workers) => workers.some(({ pid }) => pid === worker.process.pid))
  return worker
}

describe.each(each)('who works on a queue, on %s', { concurrent: true, timeout: 60_000 }, (_, it) => {
  it('queue workers lists a worker with what it is, what it runs and what it has done', async ({
    project,
    queue,
    expect,
  }) => {
    const env = { QUEUE_RELEASE: 'v7', QUEUE_ENVIRONMENT: 'staging' }
    const flags = ['--queue', 'default,mail', '--concurrency', '2', '--tries', '1']
    const worker = project.startWith({ env }, 'work', '--daemon', ...flags)
    const file = join(project.root, 'go')
    await queue.push('Says', 1)
    await queue.push('Fails', 1)
    const id = await queue.push('Waits', { file, folder: project.root })
    await worker.says('waits 1')
    await worker.says('was buried')
    const [found] = await untilListed(project, ([first]) => first?.running === 1 && first.done === 1)
    expect(found).toMatchObject({
      ...{ pid: worker.process.pid, queues: ['default', 'mail'], concurrency: 2, folder: project.root },
      ...{ release: 'v7', environment: 'staging', command: 'work', parent: null, failed: 1 },
      jobs: [{ id, name: 'Waits', queue: 'default', attempts: 1 }],
    })
    for (const key of ['upMs', 'ageMs', 'memoryBytes', 'reserveAgeMs'])
      expect(found![key], key).toBeGreaterThan(0)
    const { stdout } = await project.here('workers', '--no-color')
    expect(stdout).toMatch(/worker.*host.*folder.*release.*environment.*user.*pid.*queues/)
    expect(stdout).toMatch(new RegExp(`v7 +staging .* ${worker.process.pid} +default,mail .* 1 +1 +1/2 `))
    expect(stdout).toMatch(new RegExp(`Waits +${id} +default +1 `))
    expect((await project.here('workers', 'others')).stdout).toContain(
      'No worker is registered for others. Workers in PHP and older ones never are.',
    )
    writeFileSync(file, '')
    worker.signal('SIGTERM')
    expect((await worker.ended).code).toBe(0)
    expect(await listed(project)).toEqual([])
  })

  it('lists each worker of a parent, and queue listen with the job of its child', async ({
    project,
    queue,
    expect,
  }) => {
    const parent = await startedParent(project)
    const two = await untilListed(project, (workers) => workers.length === 2)
    expect(two.map((worker) => worker.parent)).toEqual([parent.process.pid, parent.process.pid])
    expect(parent.stdout).not.toContain('takes jobs from')
    parent.signal('SIGTERM')
    await parent.ended
    const listener = project.start('listen')
    await listener.says('"started"')
    const file = join(project.root, 'go')
    await queue.push('Waits', { file, folder: project.root })
    await listener.says('waits 1')
    const [found] = await untilListed(project, ([first]) => first?.running === 1)
    expect(found).toMatchObject({ pid: listener.process.pid, command: 'listen', reserveAgeMs: null })
    expect(found!.jobs).toMatchObject([{ name: 'Waits', attempts: 1 }])
    writeFileSync(file, '')
    await queue.push('Fails', 1)
    await listener.says('it failed')
    const [after] = await untilListed(project, ([first]) => first?.done === 1 && first.failed !== 0)
    expect(after!.failed).toBe(1)
    listener.signal('SIGTERM')
    await listener.ended
    expect(await listed(project)).toEqual([])
  })

  it('a worker says at its start who of another project or release takes the same jobs', async ({
    project,
    config,
    expect,
    onTestFinished,
  }) => {
    const other = new Project({
      'queue.config.ts': config.replace('./.queue', `${project.root}/.queue`),
      'jobs/Says.mjs': 'export default class Says { fire() {} }',
    })
    onTestFinished(() => other.remove())
    const forgotten = await started(other)
    const worker = project.startWith({ env: { QUEUE_RELEASE: 'v8' } }, 'work', '--daemon')
    await worker.says('another worker takes jobs from default')
    const said = records(worker.stdout).find(({ msg }) => String(msg).startsWith('another worker'))
    expect(said).toMatchObject({ level: 'warn', other: { pid: forgotten.process.pid, folder: other.root } })
    expect(said!.msg).toMatch(
      /its folder and release are not this one's\. If it should not run, stop it there$/,
    )
    const fellow = project.startWith({ env: { QUEUE_RELEASE: 'v8' } }, 'work', '--daemon')
    await fellow.says('another worker of this project takes jobs from the same queues')
  })

  it('--exclusive starts beside nobody, not beside one that starts at the same time, and beside the dead', async ({
    project,
    expect,
  }) => {
    const worker = await started(project)
    const refused = await project.queue('work', '--daemon', '--exclusive')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`(pid ${worker.process.pid} on `)
    expect(refused.stderr).toMatch(/--exclusive: .* takes jobs from default\. Stop it, or start without/)
    const elsewhere = await started(project, '--exclusive', '--queue', 'mail')
    elsewhere.signal('SIGTERM')
    await elsewhere.ended
    worker.signal('SIGKILL')
    await worker.ended
    const all = Array.from({ length: 4 }, () => project.start('work', '--daemon', '--exclusive'))
    const living = () => all.filter(({ process }) => process.exitCode === null)
    while (living().length > 1) await Promise.race(living().map(({ ended }) => ended))
    const codes = all.map(({ process }) => process.exitCode)
    expect(codes.toSorted()).toEqual([1, 1, 1, null])
    const [alone] = living()
    const seen = await untilListed(project, (workers) => workers.length === 2)
    expect(Object.fromEntries(seen.map(({ pid, state }) => [pid, state]))).toEqual({
      [worker.process.pid!]: 'gone',
      [alone!.process.pid!]: 'here',
    })
    expect((await project.here('workers', '--no-color')).stdout).toContain(' ago: its process is gone')
    alone!.signal('SIGTERM')
    expect((await alone!.ended).code).toBe(0)
  })

  it('--exclusive is for all workers of a parent and for queue listen too', async ({ project, expect }) => {
    const parent = await startedParent(project, '--exclusive')
    const pids = (await untilListed(project, (workers) => workers.length === 2)).map(({ pid }) => pid)
    expect(pids).not.toContain(parent.process.pid)
    for (const command of [['listen'], ['work', '--daemon', '--processes', '2']]) {
      const refused = await project.queue(...command, '--exclusive')
      expect(refused.stderr).toContain('--exclusive: ')
      expect(refused.code).toBe(1)
    }
    parent.signal('SIGTERM')
    await parent.ended
    const listener = project.start('listen', '--exclusive')
    // It is listed before it hears signals.
    await listener.says('"started"')
    await untilListed(project, (workers) => workers.length === 1)
    listener.signal('SIGTERM')
    expect((await listener.ended).code).toBe(0)
  })
})
