import { describe, expect, test } from 'vitest'
import type { Job, Middleware } from '../../src/contract/job.ts'
import { loadJobs } from '../../src/jobs/load.ts'
import { within } from '../../src/jobs/middleware.ts'
import { delivery as job } from './job-standin.ts'
import { jobsFolder, load } from './temp-jobs.ts'

/** Says what happens around the run, in order. */
function diary() {
  const said: string[] = []
  const layer =
    (name: string): Middleware =>
    async (_, next) => {
      said.push(`${name} before`)
      await next()
      said.push(`${name} after`)
    }
  const run = async () => void said.push('run')
  return { said, layer, run }
}

describe('middleware', () => {
  test('is around the run, the first outermost', async () => {
    const { said, layer, run } = diary()
    await within([layer('outer'), layer('inner')], run)(job, 1)
    expect(said).toEqual(['outer before', 'inner before', 'run', 'inner after', 'outer after'])
  })

  test('of none is the run itself', () => {
    const run = () => 1
    expect(within([], run)).toBe(run)
  })

  test('sees the job, and the run has its data', async () => {
    const seen: unknown[] = []
    const layer: Middleware = (given, next) => {
      seen.push(given)
      return next()
    }
    await within([layer], (given, data) => void seen.push(given, data))(job, { order: 7 })
    expect(seen).toEqual([job, job, { order: 7 }])
  })

  test('that does not call next skips the run', async () => {
    const { said, layer, run } = diary()
    await within([layer('outer'), () => undefined, layer('inner')], run)(job, 1)
    expect(said).toEqual(['outer before', 'outer after'])
  })

  test('is told of what the run throws, synchronously or not, and may keep it to itself', async () => {
    const caught: unknown[] = []
    const layer: Middleware = async (_, next) => {
      await next().catch((error) => caught.push(error))
    }
    const throws = () => {
      throw 'at once'
    }
    await within([layer], throws)(job, 1)
    await within([layer], async () => throws())(job, 1)
    expect(caught).toEqual(['at once', 'at once'])
  })

  test('that throws fails the run, before it or after', async () => {
    const { said, run } = diary()
    const early: Middleware = () => {
      throw new Error('early')
    }
    const late: Middleware = async (_, next) => {
      await next()
      throw new Error('late')
    }
    await expect(within([early], run)(job, 1)).rejects.toThrow('early')
    expect(said).toEqual([])
    await expect(within([late], run)(job, 1)).rejects.toThrow('late')
    expect(said).toEqual(['run'])
  })

  test('that calls next twice fails the run, which does not run again', async () => {
    const { said, run } = diary()
    const twice: Middleware = async (_, next) => {
      await next()
      await next()
    }
    await expect(within([twice], run)(job, 1)).rejects.toThrow('next() twice')
    expect(said).toEqual(['run'])
  })

  test('that does not wait for next is waited for, and an error of the run is not lost', async () => {
    const { said } = diary()
    const forgets: Middleware = (_, next) => {
      void next()
    }
    const later = async () => {
      await new Promise(setImmediate)
      said.push('run')
      throw new Error('of the run')
    }
    await expect(within([forgets], later)(job, 1)).rejects.toThrow('of the run')
    expect(said).toEqual(['run'])
  })

  test('that throws while the run goes on leaves no error of the run to nobody', async () => {
    const hasty: Middleware = (_, next) => {
      void next()
      throw new Error('hasty')
    }
    const unhandled: unknown[] = []
    const hear = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', hear)
    const later = async () => {
      await new Promise(setImmediate)
      throw new Error('of the run')
    }
    await expect(within([hasty], later)(job, 1)).rejects.toThrow('hasty')
    await new Promise((resolve) => setTimeout(resolve))
    process.off('unhandledRejection', hear)
    expect(unhandled).toEqual([])
  })
})

describe('a loaded job', () => {
  const files = {
    'Task.mjs': `export default class Task {
      static middleware = [async (job, next) => { job.said.push('own'); await next() }]
      fire(job, data) { job.said.push(data) }
      task1(job, data) { job.said.push('task1 ' + data) }
    }`,
    'Function.mjs': `import { defineJob } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
      const middleware = [(job, next) => { job.said.push('own'); return next() }]
      export default defineJob({ middleware }, async (data, job) => { job.said.push(data) })`,
    'Plain.mjs': 'export default class Plain { fire(job, data) { job.said.push(data) } }',
  }
  const everywhere: Middleware = (job, next) => {
    ;(job as Job & { said: string[] }).said.push('everywhere')
    return next()
  }

  test.each([
    ['Task', ['everywhere', 'own', 'data']],
    ['Task@task1', ['everywhere', 'own', 'task1 data']],
    ['Function', ['everywhere', 'own', 'data']],
    ['Plain', ['everywhere', 'data']],
  ])('%s has the middleware of the configuration around its own', async (name, said) => {
    const { registry, problems } = await loadJobs({
      folder: jobsFolder(files),
      load,
      middleware: [everywhere],
    })
    expect(problems).toEqual([])
    const noting = { ...job, said: [] }
    await registry.resolve(name).open().run(noting, 'data')
    expect(noting.said).toEqual(said)
  })

  test.each([['() => {}'], ['[1]'], ['{}']])(
    'whose middleware is %s is a problem that says so',
    async (value) => {
      const text = `export default class Bad { static middleware = ${value}; fire() {} }`
      const { problems } = await loadJobs({ folder: jobsFolder({ 'Bad.mjs': text }), load })
      expect(problems[0]!.message).toMatch(
        /Bad\.mjs: `middleware` must be a list of functions \(job, next\) => …, not /,
      )
    },
  )
})
