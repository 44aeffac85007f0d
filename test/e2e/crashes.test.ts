import { test as base, describe } from 'vitest'
import { config, Project, records } from '../cli/project.ts'

/** Says how it goes wrong by its data; the innocent one ends once the guilty one has failed. */
const works = `import { EventEmitter } from 'node:events'
let begin, open
const begun = new Promise((resolve) => { begin = resolve })
const opened = new Promise((resolve) => { open = resolve })
const wrongs = {
  timer: () => { setTimeout(() => { throw new Error('boom') }) },
  promise: () => { void (async () => { await null; throw null })() },
  emitter: () => { const emitter = new EventEmitter(); setImmediate(() => emitter.emit('error', new Error('boom'))) },
}
export default class Works {
  static tries = 2
  static backoff = 3600
  async fire(job, wrong) {
    if (wrong === 'none') {
      begin()
      await opened
      return job.delete()
    }
    await begun
    wrongs[wrong]()
    job.signal.addEventListener('abort', open)
    return new Promise(() => {})
  }
}
`
const lasts = `export default class Lasts {
  static tries = 1
  fire() {
    setTimeout(() => { throw new Error('boom') }, 5)
    return new Promise(() => {})
  }
  failed(data, reason) { console.log('failed with ' + reason.message) }
}
`
const leaks = `export default class Leaks {
  async fire(job) {
    await job.delete()
    setTimeout(() => { throw new Error('too late') }, 5)
  }
}
`
const outlives = `export default class Outlives {
  async fire(job) {
    await new Promise((resolve) => process.once('uncaughtExceptionMonitor', resolve))
    await job.delete()
  }
}
`
const exits = `export default class Exits {
  async fire(job) {
    await null
    if (job.attempts === 1) process.exit(0)
    console.log('attempt ' + job.attempts)
    await job.delete()
  }
}
`

const it = base.extend<{ project: Project }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures a fixture needs from its pattern
  project: async ({}, use) => {
    const jobs = { Works: works, Lasts: lasts, Leaks: leaks, Outlives: outlives, Exits: exits }
    const files = Object.entries(jobs).map(([name, text]) => [`jobs/${name}.mjs`, text])
    const project = new Project({ 'queue.config.ts': config(), ...Object.fromEntries(files) })
    await use(project)
    await project.remove()
  },
})

const push = (project: Project, job: string, data = 'null') => project.here('push', job, data)
const size = async (project: Project) => records((await project.here('size', '--json')).stdout)[0]!
const crash = (stdout: string) =>
  records(stdout).find(({ msg }) => String(msg).startsWith('nobody caught an error'))!

describe.concurrent('an error that nobody caught', { timeout: 60_000 }, () => {
  it.for(['timer', 'promise', 'emitter'])(
    'fails the job it came out of (%s) and no other of the same class, which ends before the worker does',
    async (wrong, { project, expect }) => {
      await push(project, 'Works', JSON.stringify(wrong))
      await push(project, 'Works', '"none"')
      const { code, stdout } = await project.queue('work', '--daemon', '--concurrency', '2')
      expect(code).toBe(1)
      const lines = records(stdout)
      const guilty = lines.find(({ msg }) => msg === 'error')!
      expect(crash(stdout)).toMatchObject({ level: 'error', job: 'Works', id: guilty.id })
      expect(crash(stdout).msg).toContain(`of Works (${guilty.id}), which fails: `)
      expect(guilty).toMatchObject({ job: 'Works', attempts: 1, willRetry: true, delayMs: 3_600_000 })
      expect(lines.filter(({ msg }) => msg === 'done')).toMatchObject([{ job: 'Works' }])
      expect(lines.at(-1)).toMatchObject({ reason: 'crash' })
      expect(await size(project)).toMatchObject({ ready: 0, delayed: 1, reserved: 0, failed: 0 })
    },
  )

  it('buries a job on its last try, and calls failed()', async ({ project, expect }) => {
    await push(project, 'Lasts')
    const { code, stdout } = await project.queue('work', '--daemon')
    expect(code).toBe(1)
    expect(stdout).toContain('failed with boom')
    expect(String(crash(stdout).stack)).toContain('Lasts.mjs')
    expect(await size(project)).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 1 })
  })

  it('is told with the job that had ended by then, which stays as it was settled', async ({
    project,
    expect,
  }) => {
    await push(project, 'Leaks')
    const { code, stdout } = await project.queue('work', '--daemon')
    expect(code).toBe(1)
    expect(crash(stdout).msg).toMatch(/of Leaks \(\d+\), which had ended: Error: too late$/)
    expect(await size(project)).toMatchObject({ ready: 0, delayed: 0, reserved: 0, failed: 0 })
  })

  it('of nobody in particular fails no job', async ({ project, expect }) => {
    const throwing = "'job:processing': () => { setImmediate(() => { throw new Error('boom') }) }"
    project.write({ 'queue.config.ts': config(`on: { ${throwing} },`) })
    await push(project, 'Outlives')
    const { code, stdout } = await project.queue('work', '--daemon')
    expect(code).toBe(1)
    expect(crash(stdout).msg).toMatch(/^nobody caught an error while Outlives \(\d+\) ran: Error: boom$/)
    expect(crash(stdout)).not.toHaveProperty('job')
    expect(records(stdout).map(({ msg }) => msg)).toContain('done')
  })
})

describe.concurrent('process.exit in a job', { timeout: 60_000 }, () => {
  it('is a crash: the worker says whose it was, ends with 1, and the job comes back', async ({
    project,
    expect,
  }) => {
    await push(project, 'Exits')
    const { code, stdout } = await project.queue('work', '--daemon')
    expect(code).toBe(1)
    expect(records(stdout).at(-1)).toMatchObject({ level: 'error', job: 'Exits' })
    expect(records(stdout).at(-1)!.msg).toMatch(
      /^Exits \((\d+)\) called process\.exit: the process ended with code 0 while Exits \(\1\) ran; what ran comes back when its lease ends$/,
    )
    expect((await project.queue('work', '--sleep', '30')).stdout).toContain('attempt 2')
  })
})
