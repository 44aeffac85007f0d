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
