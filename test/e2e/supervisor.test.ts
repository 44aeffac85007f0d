import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { config, jobs, Project, records } from '../cli/project.ts'
import { asOurselves, missing, Supervisord } from './supervisord.ts'

if (missing !== null) console.log(`skipped: the printed program cannot be tried without ${missing}`)

/** Whatever a path may hold that an ini file or a splitter of words takes for its own. */
const awkward = `a b%20'c"$d;e`

describe.skipIf(missing !== null)(
  'the program that queue service supervisor prints',
  { timeout: 60_000 },
  () => {
    let project: Project
    let supervisord: Supervisord
    let ledger: string

    beforeEach(async () => {
      project = new Project()
      const inside = (name: string) => join(awkward, name)
      ledger = join(project.root, awkward, 'ledger')
      project.write({
        [inside('push.mjs')]: `import { Queue } from 'thinkq'
process.chdir(import.meta.dirname)
for (const [job, data, queue] of JSON.parse(process.argv[2])) await Queue.push(job, data, queue)
await Queue.close()
`,
        [inside('queue.config.ts')]: config(),
        [inside('jobs/Waits.mjs')]: jobs['jobs/Waits.mjs'],
        [inside('jobs/Counts.mjs')]: `import { appendFileSync } from 'node:fs'
export default class Counts {
  async fire(job, data) {
    appendFileSync(${JSON.stringify(ledger)}, data + '\\n')
    await job.delete()
  }
}
`,
      })
      const { stdout } = await queue('service', 'supervisor', '--grace=20', '--name=shop', '--queue=a,"b ;c')
      supervisord = new Supervisord(project, asOurselves(stdout))
      await supervisord.process.says('"started"')
    })

    afterEach(async () => {
      await supervisord.end()
      await project.remove()
    })

    const queue = (...args: readonly string[]) =>
      project.here(...args, `--config=${join(project.root, awkward, 'queue.config.ts')}`)

    /** Pushes a job that runs until the answer is called, and some that are counted. */
    const push = async (name: string, ...numbers: readonly number[]) => {
      const file = join(project.root, name)
      const counted = numbers.map((number) => ['Counts', number, '"b ;c'])
      const pushes = [...counted, ['Waits', { file, folder: project.root }, 'a']]
      await project.node(join(awkward, 'push.mjs'), JSON.stringify(pushes))
      return () => writeFileSync(file, '')
    }

    it('keeps a worker running through kill -9, restarts and a stop, and no job is lost', async () => {
      const { process: server } = supervisord
      const open = await push('first', 1, 2, 3)
      await server.says('waits 1')

      process.kill(supervisord.pid, 'SIGKILL')
      await server.says('terminated by SIGKILL; not expected')
      await server.says('"started"', 2)
      await server.says('waits 2')

      const restarted = supervisord.control('restart', 'shop:*')
      await server.says('finishing what runs')
      open()
      await restarted
      await server.says('"started"', 3)
      expect(server.stdout).toContain('waited 2')

      await queue('restart')
      await server.says('(exit status 0; not expected)')
      await server.says('"started"', 4)

      const openLast = await push('last', 4, 5)
      await server.says('waits 1', 2)
      const stopped = supervisord.control('stop', 'shop:*')
      await server.says('finishing what runs', 2)
      openLast()
      expect((await stopped).stdout).toContain('shop:shop_00: stopped')
      expect(server.stdout).toContain('stopped: shop_00 (exit status 0)')
      expect(server.stdout).not.toContain("killing 'shop_00'")

      await queue('work', '--queue=a,"b ;c', '--stop-when-empty')
      expect(readFileSync(ledger, 'utf8').trim().split('\n').sort()).toEqual(['1', '2', '3', '4', '5'])
      for (const counts of records((await queue('size', 'a', '"b ;c', '--json')).stdout))
        expect(counts).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
      const log = join(project.root, awkward, 'log', 'shop_00.log')
      expect(readFileSync(log, 'utf8')).toContain('"started"')
    })

    it('leaves a worker alone whose configuration is wrong, until it is started by hand', async () => {
      const { process: server } = supervisord
      const file = join(project.root, awkward, 'queue.config.ts')
      writeFileSync(file, 'export default { connectr: 1 }')
      await supervisord.control('restart', 'shop:*')
      await server.says('(exit status 2; expected)')
      // Each question is a turn of supervisord's loop, in which it would start what it means to start.
      for (let turn = 0; turn < 3; turn++)
        expect((await supervisord.control('status')).stdout).toMatch(/shop:shop_00 +EXITED/)
      expect(server.stdout.split('spawned: ')).toHaveLength(3)
      writeFileSync(file, config())
      await supervisord.control('start', 'shop:*')
      await server.says('"started"', 2)
    })
  },
)
