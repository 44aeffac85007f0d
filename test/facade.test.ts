import { describe, expect, onTestFinished, test } from 'vitest'
import { createQueue } from '../src/facade.ts'
import { Project } from './cli/project.ts'

/** Runs scripts in a project of their own, in which the built package is installed. */
function nodeIn(files: Readonly<Record<string, string>>) {
  const project = new Project(files)
  onTestFinished(() => project.remove())
  return (script: string) => project.node(script)
}

const sqlite = `export default { connector: 'database', dsn: 'sqlite:./queue.sqlite', default: 'mine' }`

describe('the queue of a program', () => {
  test('finds queue.config by itself, and lets the process end once its pushes have settled', async () => {
    const node = nodeIn({
      'queue.config.mjs': sqlite,
      'jobs/Notice.mjs': 'export default class Notice { fire(job) { return job.delete() } }',
      'deep/down/push.mjs': `
        import { Queue } from 'thinkq'
        import Notice from '../../jobs/Notice.mjs'
        process.chdir(import.meta.dirname ?? new URL('.', import.meta.url).pathname)
        await Queue.push(Notice, { id: 1 })
        await Queue.later(60, 'Notice', { id: 2 })
        await Queue.bulk([{ job: Notice }], { queue: 'b' })
        const { ready, delayed } = await Queue.size()
        process.on('exit', () => console.log(JSON.stringify({ ready, delayed })))`,
    })
    const ended = await node('deep/down/push.mjs')
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(JSON.parse(ended.stdout)).toEqual({ ready: 1, delayed: 1 })
  })

  test('lets the process end though the pushes were not awaited, and they are stored', async () => {
    const node = nodeIn({
      'queue.config.mjs': sqlite,
      'push.mjs': `
        import { Queue } from 'thinkq'
        for (let each = 0; each < 5; each++) void Queue.push('Job1', each)`,
      'size.mjs': `
        import { Queue } from 'thinkq'
        console.log((await Queue.size('mine')).ready)
        await Queue.close()`,
    })
    expect(await node('push.mjs')).toMatchObject({ code: 0, stderr: '' })
    expect(await node('size.mjs')).toMatchObject({ code: 0, stdout: '5\n' })
  })

  test('rejects with what is wrong with the configuration at the first call, and works when that is mended', async () => {
    const node = nodeIn({
      'push.mjs': `
        import { writeFileSync } from 'node:fs'
        import { Queue } from 'thinkq'
        writeFileSync('queue.config.json', '{"conector":"memory"}')
        await Queue.push('Job1').catch((error) => console.log(error.name, error.message))
        writeFileSync('queue.config.json', '{"connector":"memory"}')
        console.log(typeof (await Queue.push('Job1')))`,
    })
    const { stdout, code } = await node('push.mjs')
    expect(stdout).toMatch(/^ConfigError .*conector.*connector[\s\S]*\nstring\n$/)
    expect(code).toBe(0)
  })
})

describe('a queue for a configuration given as a value', () => {
  test('is connected at the first call, and again after close', async () => {
    const queue = createQueue({ connector: 'memory', default: 'mine' })
    await queue.push('Job1')
    expect(await queue.size('mine')).toMatchObject({ ready: 1 })
    await queue.close()
    expect(await queue.size()).toMatchObject({ ready: 0 })
    await queue.close()
  })

  test('uses the connection it was given, and refuses one that is not there', async () => {
    const config = {
      connection: 'a',
      connections: { a: { connector: 'memory' }, b: { connector: 'sync' } },
    } as const
    const sync = createQueue(config, { connection: 'b' })
    await expect(sync.push('Nobody')).rejects.toMatchObject({ code: 'UNKNOWN_JOB' })
    await expect(createQueue(config, { connection: 'c' }).open()).rejects.toMatchObject({ code: 'CONFIG' })
    const memory = createQueue(config)
    await expect(memory.push('Nobody')).resolves.toBeTypeOf('string')
    await memory.close()
  })
})
