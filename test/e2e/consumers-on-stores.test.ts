import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import mysql from 'mysql2/promise'
import { describe, test } from 'vitest'
import { databaseOf } from '../../src/database/create.ts'
import { type Project, records } from '../cli/project.ts'
import { testsOnEach } from './on-store.ts'

const each = testsOnEach()

interface Stranger {
  /** As its server sees it; undefined: nobody does. */
  readonly port: number | undefined
  takes(jobs: number): Promise<void>
  end(): Promise<unknown>
}

/** A client that knows nothing of this package and takes jobs from the queue `default`. */
async function strangerOn(place: Readonly<Record<string, unknown>>, project: Project): Promise<Stranger> {
  if (place.connector === 'redis') {
    const redis = new Redis(String(place.url))
    await redis.ping()
    return {
      port: (redis as unknown as { stream: Socket }).stream.localPort!,
      takes: async (jobs) => void (await redis.lpop(`${place.prefix}queues:default`, jobs)),
      end: async () => redis.disconnect(),
    }
  }
  const dsn = String(place.dsn)
  const sql = 'DELETE FROM jobs WHERE reserved = 0 ORDER BY id LIMIT '
  if (dsn.startsWith('sqlite:')) {
    const database = databaseOf({ url: `sqlite:${join(project.root, '.queue/queue.sqlite')}` }, 'application')
    const one = 'DELETE FROM jobs WHERE id = (SELECT MIN(id) FROM jobs WHERE reserved = 0)'
    const takes = async (jobs: number) => {
      for (let taken = 0; taken < jobs; taken++) await database.execute(one)
    }
    return { port: undefined, takes, end: () => database.close() }
  }
  const connection = await mysql.createConnection(dsn)
  return {
    port: (connection as unknown as { connection: { stream: Socket } }).connection.stream.localPort!,
    takes: async (jobs) => void (await connection.query(sql + jobs)),
    end: () => connection.end(),
  }
}

describe.each(each)('queue consumers, on %s', { concurrent: true, timeout: 60_000 }, (store, it) => {
  it('tells how many jobs went to a stranger beside a worker, and whence that is connected', async ({
    project,
    place,
    queue,
    expect,
    onTestFinished,
  }) => {
    const worker = project.start('work', '--daemon', '--prefetch', '0')
    const file = join(project.root, 'go')
    await queue.push('Waits', { file, folder: project.root })
    await worker.says('waits 1')
    await queue.bulk(Array.from({ length: 10 }, (_, n) => ({ job: 'Says', data: n })))
    const stranger = await strangerOn(place, project)
    onTestFinished(() => void stranger.end())
    const watching = project.start('consumers', '--watch', '4', '--no-color')
    await watching.says('Watching default')
    await stranger.takes(4)
    writeFileSync(file, '')
    const { stdout } = await watching.ended
    expect(stdout).toContain(
      'At least 4 jobs of default went to somebody who is not registered, within 4.00s.',
    )
    expect(stdout).toContain('10 jobs left the queue, at most 6 to registered workers')
    expect(stdout).toMatch(/default .* 7 +0 +0\/1 /)
    if (stranger.port === undefined) expect(stdout).toContain('Who else is connected is unknown')
    else expect(stdout).toMatch(new RegExp(`:${stranger.port} `))
    if (store === 'redis') expect(stdout).toMatch(new RegExp(`:${stranger.port} .* lpop +may take jobs`))
  })
})

describe.each(each)('queue consumers, on %s', { timeout: 60_000 }, (_, it) => {
  it('finds nobody where only workers take jobs, and says it in JSON', async ({ project, queue, expect }) => {
    const worker = project.start('work', '--daemon')
    await worker.says('"started"')
    const watching = project.start('consumers', '--watch', '3', '--json')
    await queue.bulk(Array.from({ length: 5 }, (_, n) => ({ job: 'Says', data: n })))
    await worker.says('said', 5)
    const { stdout, stderr } = await watching.ended
    expect(stderr).toBe('')
    const [found] = records(stdout)
    expect(found).toMatchObject({ queue: 'default', watchedMs: 3_000, others: 0, silent: [] })
    expect(found!.workers).toMatchObject([{ pid: worker.process.pid, state: 'here' }])
    expect(found!.connections === null || Array.isArray(found!.connections)).toBe(true)
  })
})

test('queue consumers says what is wrong with --watch', async ({ expect, onTestFinished }) => {
  const { Project, config } = await import('../cli/project.ts')
  const project = new Project({ 'queue.config.ts': config() })
  onTestFinished(() => project.remove())
  const { code, stderr } = await project.here('consumers', '--watch', '100')
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining('--watch is "100"; expected seconds from 1 to 60'),
  ])
})
