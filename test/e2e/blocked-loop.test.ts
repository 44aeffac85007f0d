import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jobs, Project, records } from '../cli/project.ts'
import { someMysql } from '../mysql-server.ts'
import { someRedis } from '../redis-server.ts'

/** Each store, with leases of a second. */
const stores: Readonly<Record<string, () => Promise<object>>> = {
  sqlite: async () => ({ connector: 'database', dsn: 'sqlite:./.queue/queue.sqlite' }),
  redis: async () => {
    const redis = await someRedis()
    onTestFinished(() => redis.stop())
    const { hostname, port, pathname } = new URL(redis.url)
    return { connector: 'redis', host: hostname, port: Number(port), select: Number(pathname.slice(1)) || 0 }
  },
  mysql: async () => {
    const mysql = await someMysql()
    onTestFinished(() => mysql.stop())
    return { connector: 'database', dsn: mysql.url }
  },
}

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

async function projectOn(name: string): Promise<Project> {
  const config = { ...(await stores[name]!()), expire: 1 }
  const project = new Project({
    'queue.config.mjs': `export default ${JSON.stringify(config)}`,
    ...jobs,
    'jobs/Blocks.mjs': blocks,
    'jobs/BlocksLong.mjs': blocksLong,
  })
  onTestFinished(() => project.remove())
  return project
}

const push = (project: Project, job: string, data: unknown) =>
  project.queue('push', job, JSON.stringify(data))

describe.each(Object.keys(stores))('a job that blocks its process, on %s', (store) => {
  test('longer than its lease is run once, and the log names it and says for how long', {
    timeout: 30_000,
  }, async () => {
    const project = await projectOn(store)
    await push(project, 'BlocksLong', { ms: 2_400 })
    const daemons = [1, 2].map(() => project.start('work', '--daemon'))
    await Promise.race(daemons.map((daemon) => daemon.says('"done"')))
    await Promise.race(daemons.map((daemon) => daemon.says('blocked its process for')))
    for (const daemon of daemons) daemon.signal('SIGTERM')
    const ends = await Promise.all(daemons.map(({ ended }) => ended))
    const said = ends.map(({ stdout }) => stdout).join('')
    expect(said.match(/^blocks .*$/gm)).toEqual(['blocks 1'])
    const told = records(said).find(({ msg }) => String(msg).includes('blocked its process for'))
    expect(told).toMatchObject({ level: 'warn', job: 'BlocksLong' })
    expect(told!.blockedMs).toBeGreaterThan(2_000)
    expect(ends.map(({ code }) => code)).toEqual([0, 0])
  })

  test('beyond its time-out ends it: that was a failed run, others in hand come back unspent or as they ended', {
    timeout: 30_000,
  }, async () => {
    const project = await projectOn(store)
    const file = join(project.root, 'go')
    await push(project, 'Waits', { file, folder: project.root })
    await push(project, 'Says', 'early')
    await push(project, 'Blocks', { ms: 20_000 })
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
    const [failed] = records((await project.queue('failed', '--json')).stdout)
    expect(failed).toMatchObject({ job: 'Blocks' })
    expect(JSON.stringify(failed)).toContain('JobTimeout: it blocked its process beyond its time-out')
  })
})
