import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { QueueClient } from '../../src/queue.ts'
import { type Project, type Running, records } from '../cli/project.ts'
import { testsOnEach } from './on-store.ts'

/** A worker with a job under way, which runs until `open` is called. */
const startedWaiting = async (project: Project, queue: QueueClient, ...flags: string[]) => {
  const file = join(project.root, 'go')
  await queue.push('Waits', { file, folder: project.root })
  const daemon = project.start('work', '--daemon', ...flags)
  await daemon.says('waits 1')
  return { daemon, open: () => writeFileSync(file, '') }
}
/** How the worker ends after that signal, and how long it takes. */
const stopped = async (daemon: Running, signal: NodeJS.Signals = 'SIGTERM') => {
  const before = performance.now()
  daemon.signal(signal)
  const { code, stdout } = await daemon.ended
  return { code, stdout, ms: performance.now() - before }
}

const each = testsOnEach()

/** What is in hand, and what is not; what was given back in the second of its push is due a second later in SQL. */
const counts = async (queue: QueueClient) => {
  const { ready, delayed, reserved } = await queue.size()
  return { waiting: ready + delayed, reserved }
}

describe.each(each)('queue work --daemon that is told to stop, on %s', { timeout: 60_000 }, (_, it) => {
  it('ends within 500 ms when it is idle', async ({ project, queue }) => {
    const daemon = project.start('work', '--daemon', '--sleep', '60')
    await queue.push('Says', 1)
    await daemon.says('said 1')
    await daemon.says('"done"')
    const { code, stdout, ms } = await stopped(daemon)
    expect(ms).toBeLessThan(500)
    expect(code).toBe(0)
    expect(records(stdout).at(-1)).toMatchObject({ reason: 'signal' })
  })

  it('lets the job that runs finish, and takes no other', async ({ project, queue }) => {
    const { daemon, open } = await startedWaiting(project, queue)
    await queue.push('Says', 1)
    daemon.signal('SIGTERM')
    await daemon.says('finishing what runs')
    open()
    const { code, stdout } = await daemon.ended
    expect(code).toBe(0)
    expect(stdout).toContain('waited 1')
    expect(stdout).not.toContain('said')
    expect(await counts(queue)).toEqual({ waiting: 1, reserved: 0 })
  })

  it('gives a job back unspent that does not finish within the grace time', async ({ project, queue }) => {
    const { daemon, open } = await startedWaiting(project, queue, '--grace', '0.1')
    expect((await stopped(daemon)).code).toBe(0)
    expect(await counts(queue)).toEqual({ waiting: 1, reserved: 0 })
    open()
    expect((await project.queue('work', '--max-jobs', '1')).stdout).toContain('waited 1')
  })

  it('gives the job back unspent and ends at once at a second signal', async ({ project, queue }) => {
    const { daemon, open } = await startedWaiting(project, queue)
    daemon.signal('SIGTERM')
    await daemon.says('finishing what runs')
    const { code, ms } = await stopped(daemon, 'SIGINT')
    expect(code).toBe(0)
    expect(ms).toBeLessThan(2_000)
    expect(await counts(queue)).toEqual({ waiting: 1, reserved: 0 })
    open()
    expect((await project.queue('work', '--max-jobs', '1')).stdout).toContain('waited 1')
  })
})
