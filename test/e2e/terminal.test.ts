import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config, jobs, Project } from '../cli/project.ts'

const missing = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0 ? null : 'util-linux `script`'
if (missing !== null) console.log(`skipped: the look on a terminal cannot be tested without ${missing}`)

describe.skipIf(missing !== null)('on a terminal', () => {
  let project: Project
  beforeAll(() => {
    project = new Project({
      'queue.config.ts': config(),
      ...jobs,
      'jobs/Later.mjs': 'export default class Later { async fire(job) { await job.release(3600) } }',
    })
  })
  afterAll(() => project.remove())

  /** What the command shows on a terminal of 90 columns. */
  const shows = async (command: string) => {
    const { stdout } = await project.run({ shell: `script -qec "stty cols 90; ${command}" /dev/null` }).ended
    return stdout.replaceAll('\r\n', '\n')
  }

  const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d'

  it('each run is one line in colours, as wide as the terminal', async () => {
    for (const job of ['Says', 'Fails', 'Later']) await project.here('push', job)
    const shown = await shows(`${project.bin} work --stop-when-empty`)
    expect(shown).toMatch(/INFO.* Taking jobs from .*default.* on .*database.*\n.*4 jobs in /)
    const line = (name: string, paint: number, label: string) =>
      new RegExp(
        `^ {2}\\x1b\\[90m${time}\\x1b\\[39m ${name}.* \\x1b\\[90m\\.+\\x1b\\[39m .*\\x1b\\[${paint}m${label}\\x1b\\[39m$`,
        'm',
      )
    expect(shown).toMatch(line('Says', 32, 'DONE'))
    expect(shown).toMatch(line('Fails', 31, 'FAIL'))
    expect(shown).toMatch(line('Later', 33, 'RELEASED'))
    const done = shown.split('\n').find((each) => each.includes('DONE'))!
    expect(done.replace(/\x1b\[\d+m/g, '')).toMatch(/^.{89}$/)
    expect(shown).not.toContain('NaN')
  })

  it('-v adds id, queue and attempt, --no-color and NO_COLOR take the colours away', async () => {
    await project.here('push', 'Says')
    const shown = await shows(`${project.bin} work -v --no-color`)
    expect(shown).not.toContain('\x1b')
    expect(shown).toMatch(new RegExp(`^ {2}${time} Says \\d+ default #1 \\.+ RUNNING$`, 'm'))
    expect(shown).toMatch(new RegExp(`^ {2}${time} Says \\d+ default #1 \\.+ [\\d.]+m?s DONE$`, 'm'))
    expect(await shows(`NO_COLOR=1 ${project.bin} work --sleep 0`)).not.toContain('\x1b')
  })

  it('--json gives JSON lines there too', async () => {
    await project.here('push', 'Says')
    expect(await shows(`${project.bin} work --json`)).toMatch(/^{"level":"info".*"msg":"done"}$/m)
  })

  it('a notice is yellow, once', async () => {
    const bare = new Project(jobs)
    try {
      const { stdout } = await bare.run({ shell: `script -qec "${bare.bin} work --sleep 0" /dev/null` }).ended
      expect(stdout).toMatch(/\x1b\[33m.*\.queue\/queue\.sqlite/)
    } finally {
      await bare.remove()
    }
  })
})
