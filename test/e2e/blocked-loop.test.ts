import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { records } from '../cli/project.ts'
import { testsOnEach } from './on-store.ts'

const blocks = `export default class Blocks {
  static tries = 1
  static timeout = 1.5
  fire(job, { ms }) {
    console.log('blocks ' + job.attempts)
    const end = Date.now() + ms
    while (Date.now() < end);
    console.log('unblocked')
    return job.delete()
  }
}
`
const blocksLong = blocks
  .replace('static timeout = 1.5', 'static timeout = 60')
  .replaceAll('Blocks', 'BlocksLong')

const each = testsOnEach({ expire: 2 }, { 'jobs/Blocks.mjs': blocks, 'jobs/BlocksLong.mjs': blocksLong })

describe.each(each)('a job that blocks its process, on %s', (_, test) => {
  test('longer than its lease is run once, and the log names it and says for how long', {
    timeout: 30_000,
  }, async ({ project, queue }) => {
    await queue.push('BlocksLong', { ms: 4_400 })
    const daemons = [1, 2].map(() => project.start('work', '--daemon'))
    await Promise.race(daemons.map((daemon) => daemon.says('"done"')))
    await Promise.race(daemons.map((daemon) => daemon.says('blocked its process for')))
    for (const daemon of daemons) daemon.signal('SIGTERM')
    const ends = await Promise.all(daemons.map(({ ended }) => ended))
    const said = ends.map(({ stdout }) => stdout).join('')
    expect(said.match(/^blocks .*$/gm)).toEqual(['blocks 1'])
    expect(said).not.toContain('lost its lease')
    expect(await queue.size()).toMatchObject({ reserved: 0, failed: 0 })
    const told = records(said).find(({ msg }) => String(msg).includes('blocked its process for'))
    expect(told).toMatchObject({ level: 'warn', job: 'BlocksLong' })
    expect(told!.blockedMs).toBeGreaterThan(4_000)
    expect(ends.map(({ code }) => code)).toEqual([0, 0])
  })

  test('in a child of queue listen, longer than its lease, is run once', { timeout: 30_000 }, async ({
    project,
    queue,
  }) => {
    await queue.push('BlocksLong', { ms: 5_000 })
    const listeners = [1, 2].map(() => project.start('listen', '--sleep', '0.2'))
    await Promise.race(listeners.map((listener) => listener.says('"done"')))
    for (const listener of listeners) listener.signal('SIGTERM')
    const said = (await Promise.all(listeners.map(({ ended }) => ended))).map(({ stdout }) => stdout).join('')
    expect(said.match(/^blocks .*$/gm)).toEqual(['blocks 1'])
    expect(
      records(said).filter(({ msg }) => /blocks its process|blocked its process for/.test(String(msg))),
    ).toEqual([
      expect.objectContaining({ level: 'warn', job: 'BlocksLong', id: expect.any(String) }),
      expect.objectContaining({ job: 'BlocksLong', blockedMs: expect.any(Number) }),
    ])
    expect(said).not.toContain('lost its lease')
    expect(await queue.size()).toMatchObject({ reserved: 0, failed: 0 })
  })

  test('beyond its time-out ends it: that was a failed run, others in hand come back unspent or as they ended', {
    timeout: 30_000,
  }, async ({ project, queue }) => {
    const file = join(project.root, 'go')
    await queue.push('Waits', { file, folder: project.root })
    await queue.push('Says', 'early')
    await queue.push('Blocks', { ms: 20_000 })
    const daemon = project.start('work', '--daemon', '--concurrency', '3')
    const { signal, stdout } = await daemon.ended
    expect(signal).toBe('SIGKILL')
    const last = records(stdout).at(-1)!
    expect(last).toMatchObject({ level: 'error', job: 'Blocks' })
    expect(last.msg).toMatch(
      /blocked its process for .* beyond its time-out of 1.50s: the process is killed; it was buried/,
    )
    expect(existsSync(file)).toBe(false)
    writeFileSync(file, '')
    const after = await project.queue('work', '--stop-when-empty', '--sleep', '0')
    expect(after.stdout).toMatch(/^waits 1$/m)
    expect(after.stdout).not.toMatch(/^said/m)
    const [failed] = records((await project.here('failed', '--json')).stdout)
    expect(failed).toMatchObject({ job: 'Blocks' })
    expect(JSON.stringify(failed)).toContain('JobTimeout: it blocked its process beyond its time-out')
  })
})
