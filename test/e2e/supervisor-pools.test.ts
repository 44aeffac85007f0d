import { join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import type { QueueClient } from '../../src/queue.ts'
import { jobs, type Project } from '../cli/project.ts'
import { Ledger } from './ledger.ts'
import { testOn } from './on-store.ts'
import { tells } from './parent.ts'
import { childrenOf, isAlive } from './process-tree.ts'
import { asOurselves, missing, Supervisord } from './supervisord.ts'

if (missing !== null) console.log(`skipped: the printed program of pools cannot be tried without ${missing}`)

const blocks = `export default class Blocks {
  static timeout = 0
  fire() {
    console.log('blocks')
    for (;;);
  }
}
`
/** Says it when it has finished where it is heard after supervisord has closed the output of a killed parent. */
const waits = `import { appendFileSync } from 'node:fs'
${jobs['jobs/Waits.mjs'].replace(
  /console.log\('waited .*\)/,
  "appendFileSync('ledger', ['done', data.n, job.attempts, process.pid].join(' ') + '\\n')",
)}`
const pools = { notices: { queues: ['notices'], min: 2, max: 2 }, rest: { queues: ['default'] } }
const files = { 'jobs/Blocks.mjs': blocks, 'jobs/Tells.mjs': tells, 'jobs/Waits.mjs': waits }

/** `supervised` starts Debian's supervisord with the program that is printed for the pools; what it started ends before the project. */
const it = testOn('redis', { worker: { pools } }, files).extend(
  'supervised',
  ({ project }, { onCleanup }) =>
    async (grace: number): Promise<Supervisord> => {
      const { stdout } = await project.here('service', 'supervisor', `--grace=${grace}`, '--name=shop')
      const supervisord = new Supervisord(project, asOurselves(stdout))
      onCleanup(() => supervisord.end())
      await supervisord.process.says('"started"')
      return supervisord
    },
)

const pushWaiting = async (project: Project, queue: QueueClient, n: number) => {
  await queue.push('Waits', { n, file: join(project.root, `go${n}`), folder: project.root }, 'notices')
  return () => project.write({ [`go${n}`]: '' })
}

/** The workers of the parent; none of them outlives the test. */
function workersOf({ pid }: Supervisord): readonly number[] {
  const workers = childrenOf(pid)
  onTestFinished(() => {
    for (const worker of workers.filter(isAlive)) process.kill(worker, 'SIGKILL')
  })
  return workers
}

describe.skipIf(missing !== null)(
  'the program that queue service supervisor prints for pools',
  { timeout: 60_000 },
  () => {
    it('keeps a parent and its workers running through kill -9 and a stop: no job is lost, no worker stays', async ({
      project,
      queue,
      supervised,
    }) => {
      const ledger = new Ledger(project)
      const supervisord = await supervised(20)
      const { process: server } = supervisord
      const open = await pushWaiting(project, queue, 1)
      await server.says('waits 1')

      process.kill(supervisord.pid, 'SIGKILL')
      await server.says('"started"', 2)
      open()
      await ledger.until((lines) => lines.length === 1)
      await queue.push('Tells', 1)
      await server.says('told 1')

      const openLast = await pushWaiting(project, queue, 2)
      await server.says('waits 1', 2)
      const workers = workersOf(supervisord)
      expect(workers).toHaveLength(3)
      const stopped = supervisord.control('stop', 'shop:*')
      await server.says('SIGTERM: finishing what runs')
      openLast()
      await stopped
      expect(server.stdout).toContain('stopped: shop_00 (exit status 0)')
      expect(ledger.lines()).toMatchObject([
        { n: '1', attempts: 1 },
        { n: '2', attempts: 1 },
      ])
      expect(server.stdout).not.toContain("killing 'shop_00'")
      expect(workers.filter(isAlive)).toEqual([])
      for (const name of ['notices', 'default'])
        expect(await queue.size(name)).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
    })

    it('leaves no worker behind whose job blocks it, and gives that job back', async ({
      queue,
      supervised,
    }) => {
      const supervisord = await supervised(0)
      const { process: server } = supervisord
      await queue.push('Blocks', null, 'notices')
      await server.says('blocks')
      const workers = workersOf(supervisord)
      await supervisord.control('stop', 'shop:*')
      expect(server.stdout).not.toContain("killing 'shop_00'")
      expect(workers.filter(isAlive)).toEqual([])
      const { ready, delayed, reserved } = await queue.size('notices')
      expect([ready + delayed, reserved]).toEqual([1, 0])
    })
  },
)
