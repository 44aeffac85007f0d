import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe } from 'vitest'
import { type Project, type Running, records } from '../cli/project.ts'
import { testOn } from './on-store.ts'
import { childrenOf } from './process-tree.ts'

/** As a container is to a worker: a namespace of its own, all of which ends with process 1. */
const container = 'exec unshare --pid --fork --kill-child --mount-proc'
const missing = spawnSync('/bin/sh', ['-c', `${container} true`], { encoding: 'utf8' })
const isPossible = missing.status === 0
if (!isPossible)
  console.log(`skipped: no worker can be process 1 of a namespace here: ${missing.stderr.trim()}`)

const it = testOn(
  'sqlite',
  {},
  {
    'jobs/Blocks.mjs': `export default class Blocks {
  static tries = 1
  static timeout = 0.5
  fire() {
    console.log('blocks')
    for (;;);
  }
}
`,
  },
)

/** A worker that is process 1, and the id by which those outside know it. */
async function startedFirst(project: Project, ...flags: string[]) {
  const words = [process.execPath, project.bin, 'work', '--daemon', ...flags]
  const running = project.run({ shell: `${container} ${words.map((word) => `'${word}'`).join(' ')}` })
  await running.says('"started"')
  const [first] = childrenOf(running.process.pid!)
  return { running, signal: (signal: NodeJS.Signals) => process.kill(first!, signal) }
}

const startedBy = ({ stdout }: Running) => records(stdout).find(({ msg }) => msg === 'started')!.pid

describe.skipIf(!isPossible).concurrent('queue work --daemon as process 1', { timeout: 60_000 }, () => {
  it('lets its job finish at SIGTERM, and ends with 0', async ({ project, queue, expect }) => {
    const { running, signal } = await startedFirst(project)
    expect(startedBy(running)).toBe(1)
    await queue.push('Waits', { file: join(project.root, 'go'), folder: project.root })
    await running.says('waits 1')
    signal('SIGTERM')
    await running.says('finishing what runs')
    project.write({ go: '' })
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(stdout).toContain('waited 1')
    expect(await queue.size()).toMatchObject({ ready: 0, delayed: 0, reserved: 0 })
  })

  it('gives its job back unspent at a second SIGTERM, and ends at once', async ({
    project,
    queue,
    expect,
  }) => {
    const { running, signal } = await startedFirst(project)
    await queue.push('Waits', { file: join(project.root, 'go'), folder: project.root })
    await running.says('waits 1')
    signal('SIGTERM')
    await running.says('finishing what runs')
    signal('SIGTERM')
    expect((await running.ended).code).toBe(0)
    const { ready, delayed, reserved } = await queue.size()
    expect([ready + delayed, reserved]).toEqual([1, 0])
    project.write({ go: '' })
    expect((await project.queue('work', '--max-jobs', '1')).stdout).toContain('waited 1')
  })

  it('ends a job that blocks beyond its time-out, and runs the next one', async ({
    project,
    queue,
    expect,
  }) => {
    await queue.push('Blocks')
    const { running, signal } = await startedFirst(project)
    await running.says('it was buried')
    await queue.push('Says', 1)
    await running.says('said 1')
    signal('SIGTERM')
    expect((await running.ended).code).toBe(0)
    expect(await queue.size()).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 1 })
  })

  it('ends with 0 when nothing is left, with --stop-when-empty', async ({ project, queue, expect }) => {
    await queue.push('Says', 1)
    const { running } = await startedFirst(project, '--stop-when-empty')
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(stdout).toContain('said 1')
  })
})
