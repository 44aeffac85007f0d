import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { Project } from '../cli/project.ts'
import { OutboxRig, until } from './outbox-rig.ts'

const rig = new OutboxRig()
beforeEach(() => rig.fresh())

function project(config: unknown): Project {
  const made = new Project({ 'queue.config.json': JSON.stringify(config) })
  onTestFinished(() => made.remove())
  return made
}

/** Commits pushes whose producer moves nothing. */
async function leave(...data: readonly number[]): Promise<void> {
  const context = await rig.context()
  context.connector.outbox!.take = async () => false
  const queue = context.queue()
  for (const each of data) await rig.database().transaction((tx) => queue.push('Notice', each, { tx }))
  await queue.close()
}

test('queue relay --once moves what is there', async () => {
  await leave(1, 2)
  const { code, stdout, stderr } = await project(rig.config()).queue('relay', '--once')
  expect([code, stderr, stdout]).toEqual([0, '', 'Moved 2 jobs.\n'])
  expect(await rig.jobs('default')).toEqual([1, 2])
})

test('queue relay goes on until a signal ends it', async () => {
  const relay = project(rig.config()).start('relay')
  await relay.says('Ctrl+C ends it')
  await leave(1)
  await until(async () => (await rig.jobs('default')).length === 1)
  relay.signal('SIGTERM')
  const { code, stdout } = await relay.ended
  expect(code).toBe(0)
  expect(stdout).toContain('Moved 1 job.')
})

test('queue relay says what is missing', async () => {
  const { code, stderr } = await project({ connector: 'redis' }).queue('relay')
  expect([code, stderr]).toEqual([2, expect.stringContaining('set DATABASE_URL')])
  const other = await project({ connector: 'memory' }).queue('relay')
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('needs no relay')])
})

test('queue table prints the outbox where the jobs are in Redis, and makes it when told to', async () => {
  const shop = project(rig.config())
  const printed = await shop.queue('table')
  expect(printed.stdout).toMatch(
    new RegExp(
      `^CREATE TABLE IF NOT EXISTS \`${rig.prefix}queue_outbox\` \\([\\s\\S]*utf8mb4;\nCREATE TABLE IF NOT EXISTS \`${rig.prefix}queue_once\` \\([\\s\\S]*utf8mb4;\n$`,
    ),
  )
  await expect(rig.rows()).rejects.toThrow(/doesn't exist/)
  for (const each of ['made', 'made before']) {
    const { code, stdout, stderr } = await shop.queue('table', '--apply')
    expect([each, code, stderr, stdout]).toEqual([
      ...[
        each,
        0,
        '',
        `The tables ${rig.prefix}queue_outbox and ${rig.prefix}queue_once of connection main are there.\n`,
      ],
    ])
  }
  expect(await rig.rows()).toBe(0)
  const help = await shop.queue('table', '--help')
  expect(help.stdout).toMatch(/With redis they are queue_outbox/)
})

test('queue table says what is missing', async () => {
  const { code, stderr } = await project({ connector: 'redis' }).queue('table')
  expect([code, stderr]).toEqual([2, expect.stringMatching(/no tables; for the outbox.* set DATABASE_URL/)])
  const other = await project({ connector: 'memory' }).queue('table')
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('by --connection')])
})

test('queue relay --once makes neither a table nor a file where nobody has pushed', async () => {
  const shop = project(rig.config())
  const none = 'Moved 0 jobs: there is no table queue_outbox, for nobody has pushed in a transaction yet.\n'
  expect(await shop.queue('relay', '--once')).toMatchObject({ code: 0, stderr: '', stdout: none })
  await expect(rig.rows()).rejects.toThrow(/doesn't exist/)
  const file = join(shop.root, 'data.sqlite')
  const onSqlite = project(rig.config(`sqlite:${file}`))
  expect(await onSqlite.queue('relay', '--once')).toMatchObject({ code: 0, stderr: '', stdout: none })
  expect(existsSync(file)).toBe(false)
})
