import { spawnSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDatabase } from '../../src/database/index.ts'
import { config, jobs, Project } from '../cli/project.ts'
import { testRedis } from '../redis-server.ts'
import { Terminal, withoutTmux } from '../tmux.ts'

if (withoutTmux !== null)
  console.log(`skipped: progress on a terminal cannot be tested without ${withoutTmux}`)

const many = 40_000
/** Longer than the second that nothing is said. */
const heldMs = 3_000

function projectWith(settings: string): Project {
  const project = new Project({ 'queue.config.ts': settings, ...jobs })
  onTestFinished(() => project.remove())
  return project
}

/** A project whose embedded store has so many failed jobs. */
async function withFailedJobs(count: number): Promise<Project> {
  const project = projectWith(config())
  await project.here('failed-table', '--apply')
  const database = createDatabase({ url: 'sqlite:./.queue/queue.sqlite', root: project.root })
  await database.execute(
    `INSERT INTO failed_jobs (connection, queue, payload, exception, fail_time)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
      SELECT 'database', 'default', '{"job":"Says","data":1}', 'Error: no', '2026-01-31 09:30:00.000' FROM n`,
    [count],
  )
  await database.close()
  return project
}

/** A project with one failed job on a Redis that `hold` keeps from writing for a while. */
async function onSlowRedis() {
  const server = await testRedis()
  const project = projectWith(`export default { connector: 'redis', url: '${server.url}' }`)
  await project.here('push', 'Fails')
  await project.queue('work')
  return { project, hold: () => server.cli('CLIENT', 'PAUSE', heldMs, 'WRITE') }
}

/** A terminal on which the command runs, and which stays when that has ended. */
function terminalWith(project: Project, command: string): Terminal {
  const shell = `sh -c '${process.execPath} ${project.bin} ${command}; echo ended; exec cat'`
  const terminal = new Terminal(shell, { folder: project.root })
  onTestFinished(() => terminal.close())
  return terminal
}

describe('what takes longer than a second', { timeout: 90_000 }, () => {
  const onTerminal = it.skipIf(withoutTmux !== null)

  onTerminal(
    'counts on the terminal how much of how much is done, and takes that away at its end',
    async () => {
      const terminal = terminalWith(await withFailedJobs(many), 'retry --queue default')
      const shown = await terminal.shows(/retrying/)
      expect(shown).toMatch(/^ {2}retrying failed jobs: [\d,]+ of 40,000, [\d,]+\/s, [1-9]\d*s$/)
      const first = counted(shown)
      const later = new RegExp(`retrying failed jobs: (?!${first})`)
      expect(figure(counted(await terminal.shows(later)))).toBeGreaterThan(figure(first))
      expect(await terminal.shows(/ended/)).toBe('40000 failed jobs back in their queues.\nended')
    },
  )

  onTerminal('tells how long it has taken where the store does all at once', async () => {
    const { project, hold } = await onSlowRedis()
    await hold()
    const terminal = terminalWith(project, 'flush')
    expect(await terminal.shows(/removing/)).toMatch(/^ {2}removing failed jobs: \ds$/)
    expect(await terminal.shows(/ended/)).toBe('1 failed job removed.\nended')
  })

  it('says nothing of it where nobody looks', async () => {
    const { project, hold } = await onSlowRedis()
    await hold()
    expect(await project.queue('flush')).toMatchObject({ stdout: '1 failed job removed.\n', stderr: '' })
  })
})

const missing = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0 ? null : 'util-linux `script`'
if (missing !== null)
  console.log(`skipped: that quick commands show no progress cannot be tested without ${missing}`)

it.skipIf(missing !== null)('what takes less than a second shows no progress', async () => {
  const project = await withFailedJobs(10)
  const shell = `script -qec "${project.bin} retry all" /dev/null`
  expect((await project.run({ shell }).ended).stdout).toBe('10 failed jobs back in their queues.\r\n')
})

function counted(screen: string): string {
  return /jobs: ([\d,]+)/.exec(screen)![1]!
}

function figure(text: string): number {
  return Number(text.replaceAll(',', ''))
}
