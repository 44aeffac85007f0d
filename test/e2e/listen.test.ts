import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { config, jobs, Project, records } from '../cli/project.ts'

const says = (text: string) => `export default class Says {
  async fire(job, data) {
    console.log('${text} ' + JSON.stringify(data) + ' in ' + process.pid)
    await job.delete()
  }
}
`

describe('queue listen', () => {
  let project: Project
  beforeEach(() => {
    project = new Project({ 'queue.config.ts': config(), ...jobs })
  })
  afterEach(() => project.remove())

  it('runs each job in a process of its own, with the code as it is on disk', async () => {
    project.write({ 'jobs/Says.mjs': says('old') })
    const listener = project.start('listen', '--sleep', '60')
    await project.queue('push', 'Says', '1')
    await listener.says('old 1 in')
    project.write({ 'jobs/Says.mjs': says('new') })
    await project.queue('push', 'Says', '2')
    await listener.says('new 2 in')
    const processes = listener.stdout.match(/ in \d+/g)!
    expect(new Set([...processes, ` in ${listener.process.pid}`]).size).toBe(3)
    listener.signal('SIGTERM')
    expect((await listener.ended).code).toBe(0)
  })

  it('ends its child when it is stopped, and lets a job finish', async () => {
    const file = `${project.root}/go`
    await project.queue('push', 'Waits', JSON.stringify({ file, folder: project.root }))
    const listener = project.start('listen')
    await listener.says('waits 1')
    listener.signal('SIGINT')
    await listener.says('finishing what runs')
    project.write({ go: '' })
    const { code, stdout } = await listener.ended
    expect(code).toBe(0)
    expect(stdout).toContain('waited 1')
    expect(records(stdout).at(-1)).toMatchObject({ reason: 'signal', pid: listener.process.pid })
  })

  it('its child ends when the listener is killed', async () => {
    project.write({ 'jobs/Tells.mjs': says('told') })
    const listener = project.start('listen', '--sleep', '60')
    await listener.says('"started"')
    await project.queue('push', 'Tells', '1')
    await listener.says('told 1 in')
    listener.signal('SIGKILL')
    // Closed only when the child, which shares the output, has ended too.
    await listener.ended
    await project.queue('push', 'Tells', '2')
    expect((await project.queue('work')).stdout).toContain('told 2')
  })

  it('kills a child whose job blocks beyond its time-out, and goes on', async () => {
    project.write({
      'jobs/Blocks.mjs': `export default class Blocks {
        static timeout = 0.1
        static tries = 1
        fire() { console.log('blocks'); for (;;); }
      }`,
    })
    await project.queue('push', 'Blocks')
    const listener = project.start('listen')
    await listener.says('Blocks was killed')
    await listener.says('was buried')
    await project.queue('push', 'Says', '1')
    await listener.says('said 1')
  })

  it('waits longer and longer for a child that fails at its start, and recovers', async () => {
    const listener = project.start('listen', '--sleep', '0.1')
    await listener.says('"started"')
    project.write({ 'queue.config.ts': 'export default {' })
    await listener.says('before it took a job; next in', 2)
    project.write({ 'queue.config.ts': config() })
    await project.queue('push', 'Says', '1')
    await listener.says('said 1')
  })

  it('--once runs one child, --max-jobs and --stop-when-empty count jobs', async () => {
    for (const n of [1, 2, 3, 4]) await project.queue('push', 'Says', String(n))
    expect((await project.queue('listen', '--once')).stdout).toMatch(/said 1\n(?!.*said 2)/s)
    expect((await project.queue('listen', '--max-jobs', '2')).stdout).toMatch(
      /said 2[\s\S]*said 3(?!.*said 4)/s,
    )
    const last = await project.queue('listen', '--stop-when-empty', '--sleep', '0.1')
    expect(last.code).toBe(0)
    expect(last.stdout).toContain('said 4')
    expect(records(last.stdout).at(-1)).toMatchObject({ reason: 'empty' })
  })
})
