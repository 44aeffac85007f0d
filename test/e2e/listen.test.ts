import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { config, jobs, Project, records } from '../cli/project.ts'
import { says, tries } from './listened-jobs.ts'

/** A lease of a minute, so that only giving back brings a job again. */
const patient = config('expire: 60,')

describe('queue listen', () => {
  let project: Project
  beforeEach(() => {
    project = new Project({ 'queue.config.ts': config(), 'push.config.ts': config(), ...jobs })
  })
  afterEach(() => project.remove())

  it('runs each job in a process of its own, with the code as it is on disk', async () => {
    project.write({ 'jobs/Says.mjs': says('old') })
    const listener = project.start('listen', '--sleep', '60')
    await project.here('push', 'Says', '1')
    await listener.says('old 1 in')
    project.write({ 'jobs/Says.mjs': says('new') })
    await project.here('push', 'Says', '2')
    await listener.says('new 2 in')
    const processes = listener.stdout.match(/ in \d+/g)!
    expect(new Set([...processes, ` in ${listener.process.pid}`]).size).toBe(3)
    listener.signal('SIGTERM')
    expect((await listener.ended).code).toBe(0)
  })

  it('kills a child that stands still beyond the time-out of its job, which goes back at once', {
    timeout: 40_000,
  }, async () => {
    project.write({
      'queue.config.ts': patient,
      'jobs/Stands.mjs': `export default class Stands {
        static timeout = 0.1
        async fire(job) {
          console.log('stands ' + job.attempts + ' in ' + process.pid)
          if (job.attempts > 1) return job.delete()
          process.kill(process.pid, 'SIGSTOP')
          await new Promise(() => {})
        }
      }`,
    })
    await project.here('push', 'Stands')
    const listener = project.start('listen')
    await listener.says('Stands was killed: it blocked beyond its time-out')
    await listener.says('stands 2')
    listener.signal('SIGTERM')
    expect((await listener.ended).code).toBe(0)
  })

  it('ends its child when it is stopped, and lets a job finish', async () => {
    const file = `${project.root}/go`
    await project.here('push', 'Waits', JSON.stringify({ file, folder: project.root }))
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
    await project.here('push', 'Tells', '1')
    await listener.says('told 1 in')
    listener.signal('SIGKILL')
    // Closed only when the child, which shares the output, has ended too.
    await listener.ended
    await project.here('push', 'Tells', '2')
    expect((await project.queue('work')).stdout).toContain('told 2')
  })

  it('has started the next child before the job is there', async () => {
    const born = "console.log('born ' + performance.timeOrigin)"
    project.write({
      'jobs/Born.mjs': `console.log('loaded')
export default class Born { async fire(job) { ${born}; await job.delete() } }`,
    })
    const file = `${project.root}/go`
    const listener = project.start('listen')
    await project.here('push', 'Waits', JSON.stringify({ file, folder: project.root }))
    await listener.says('waits 1')
    await listener.says('loaded', 3) // By the parent, the child that runs, and the one that waits.
    const pushedAt = performance.timeOrigin + performance.now()
    await project.here('push', 'Born')
    project.write({ go: '' })
    await listener.says(/born \d+/)
    expect(Number(/born (\d+)/.exec(listener.stdout)![1])).toBeLessThan(pushedAt)
  })

  it('runs no code that has changed: a module of a job, a new job, the configuration, a job that is gone', async () => {
    const files = (word: string) => ({ 'lib/word.mjs': `export const word = '${word}'` })
    const uses = `import { word } from '../lib/word.mjs'
      ${tries.replace("' of '", "' with ' + word + ' of '")}`
    project.write({ 'queue.config.ts': patient, 'jobs/Uses.mjs': uses, ...files('first') })
    const listener = project.start('listen', '-v')
    await project.here('push', 'Uses', '1')
    await listener.says('try 1 with first of 1')
    // By the parent, the child that ran, and the one that waits now with the old code.
    await listener.says('loaded', 4)
    project.write(files('second'))
    await project.here('push', 'Uses', '2')
    await listener.says('try 1 with second of 2')
    project.write({ 'jobs/New.mjs': tries })
    await project.here('push', 'New', '3')
    await listener.says('try 1 of 3')
    project.write({
      'queue.config.ts': patient.replace('expire: 60', "expire: 60, jobs: './other'"),
      'other/Uses.mjs': uses,
      ...files('third'),
    })
    await project.here('push', 'Uses', '4')
    await listener.says('try 1 with third of 4')
    rmSync(`${project.root}/other/Uses.mjs`)
    await project.here('push', 'Uses', '5')
    await listener.says('was buried')
    expect(listener.stdout).toContain('has changed: the job goes to a fresh child')
  })

  it('lets jobs wait while a job file cannot be loaded, says so once, and runs them when what it imports is there', async () => {
    project.write({ 'queue.config.ts': patient, 'jobs/Uses.mjs': `import '../lib/late.mjs'\n${tries}` })
    const listener = project.start('listen')
    await project.here('push', 'Uses', '1')
    await listener.says('before it took a job; next in')
    project.write({ 'lib/late.mjs': '' })
    await listener.says('try 1 of 1')
    expect(listener.stdout.match(/Uses\.mjs could not be loaded/g)).toHaveLength(1)
  })

  it('pauses at SIGUSR2 and goes on at SIGCONT', async () => {
    const listener = project.start('listen')
    await project.here('push', 'Says', '1')
    await listener.says('said 1')
    listener.signal('SIGUSR2')
    await project.here('push', 'Says', '2')
    await project.here('push', 'Says', '3')
    expect(listener.stdout).not.toContain('said 3')
    listener.signal('SIGCONT')
    await listener.says('said 3')
    listener.signal('SIGTERM')
    expect((await listener.ended).code).toBe(0)
  })

  it('says once why children fail at their start, keeps the job unspent, and goes on when the file is mended', async () => {
    project.write({ 'jobs/Tries.mjs': tries })
    const listener = project.start('listen')
    await listener.says('"started"')
    await project.here('push', 'Tries', '1')
    await listener.says('try 1 of 1')
    project.write({ 'queue.config.ts': 'export default {' })
    await listener.says('queue.config.ts could not be loaded')
    await project.here('push', 'Tries', '2', '--config', 'push.config.ts')
    await listener.says('before it took a job; next in')
    project.write({ 'queue.config.ts': config() })
    await listener.says('try 1 of 2')
    expect(listener.stdout.match(/could not be loaded/g)).toHaveLength(1)
    expect(listener.stdout.match(/before it took a job/g)).toHaveLength(1)
    expect(listener.stdout).toContain('children start again')
  })

  it('--once runs one child, --max-jobs and --stop-when-empty count jobs', async () => {
    for (const n of [1, 2, 3, 4]) await project.here('push', 'Says', String(n))
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
