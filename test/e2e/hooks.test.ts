import { test as base, describe } from 'vitest'
import { config, jobs, Project, records } from '../cli/project.ts'

const names = ['worker:start', 'worker:stop', 'worker:idle', 'job:processing', 'job:processed', 'job:failed']

/** Each event is a line of its own: its name, and what tells it from another of that name. */
const listeners = `on: {
  ${names.map((name) => `'${name}': (event) => console.log('hook ${name} ' + (event.reason ?? event.name ?? event.queues)),`).join('\n  ')}
  'job:error': () => { throw new Error('a bad listener') },
},`

const it = base.extend<{ project: Project }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from its pattern
  project: async ({}, use) => {
    const project = new Project({ 'queue.config.ts': config(listeners), ...jobs })
    await use(project)
    await project.remove()
  },
})

const hooks = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('hook '))
    .map((line) => line.slice(5))

describe.concurrent('the six hooks of think-queue', { timeout: 60_000 }, () => {
  it('are events: the daemon starts, a job begins, one fails, it sleeps, it is restarted', async ({
    project,
    expect,
  }) => {
    await project.here('push', 'Says')
    await project.here('push', 'Fails')
    const daemon = project.start('work', '--daemon')
    await daemon.says('hook worker:idle')
    await project.here('restart')
    const { code, stdout } = await daemon.ended
    expect(code).toBe(0)
    expect(hooks(stdout)).toEqual([
      'worker:start default',
      'job:processing Says',
      'job:processed Says',
      'job:processing Fails',
      'job:failed Fails',
      'worker:idle default',
      'worker:stop restart',
    ])
    const troubles = records(stdout).filter(({ msg }) => String(msg).startsWith('a listener'))
    expect(troubles).toMatchObject([
      { level: 'error', msg: 'a listener of job:error failed: a bad listener' },
    ])
  })

  it('tell when its memory is exceeded', async ({ project, expect }) => {
    const { code, stdout } = await project.queue('work', '--daemon', '--memory', '1')
    expect(code).toBe(12)
    expect(hooks(stdout).at(-1)).toBe('worker:stop memory')
  })
})

describe.concurrent('middleware of the configuration', { timeout: 60_000 }, () => {
  it('is around every run: it sees how runs end, skips, releases and throws', async ({ project, expect }) => {
    project.write({
      'queue.config.ts': config(`middleware: [
        async (job, next) => {
          console.log('before ' + job.name)
          await next().catch((error) => { console.log('caught ' + error.message); throw error })
          console.log('after ' + job.name)
        },
        async (job, next) => {
          if (job.name === 'Skipped') return
          if (job.name === 'Put/Off') { await job.release(3600); return }
          await next()
        },
      ],`),
      'jobs/Skipped.mjs': `import { defineJob } from 'thinkq'
        export default defineJob(() => { throw new Error('it ran') })`,
      'jobs/Put/Off.mjs': 'export default class { fire() { throw new Error("it ran") } }',
    })
    for (const name of ['Says', 'Fails', 'Skipped', 'Put/Off']) await project.here('push', name)
    const { code, stdout } = await project.queue('work', '--stop-when-empty')
    expect(code).toBe(0)
    const lines = stdout.split('\n').filter((line) => /^(before|after|caught|said) /.test(line))
    expect(lines).toEqual([
      ...['before Says', 'said ""', 'after Says'],
      ...['before Fails', 'caught it failed'],
      ...['before Skipped', 'after Skipped'],
      ...['before Put/Off', 'after Put/Off'],
    ])
    const outcomes = records(stdout).filter(({ outcome }) => outcome !== undefined)
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['deleted', 'deleted', 'released'])
  })
})
