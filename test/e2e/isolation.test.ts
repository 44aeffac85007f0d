import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import type { QueueClient } from '../../src/queue.ts'
import { config, type Project, records } from '../cli/project.ts'
import { testOn } from './on-store.ts'

/** Says where it runs, and does what its data say. */
const does = (
  isolate: string,
  tries = 1,
  timeout = 30,
) => `import { isMainThread, threadId } from 'node:worker_threads'
const left = []
export default class Does {
  static isolate = ${isolate}
  static memory = 48
  static tries = ${tries}
  static timeout = ${timeout}
  async fire(job, { how, file }) {
    console.log('does ' + JSON.stringify({ how, attempts: job.attempts, pid: process.pid, threadId, isMainThread }))
    if (how === 'block') for (;;);
    if (how === 'heed') await new Promise((_, reject) => job.signal.addEventListener('abort', () => setTimeout(() => reject(new Error('heeded ' + job.signal.reason.code)), 500)))
    if (how === 'heap') for (const all = []; ; ) all.push({ text: 'x'.repeat(100) + all.length })
    if (how === 'buffers') for (const all = []; ; ) all.push(Buffer.alloc(1e6, 1))
    if (how === 'leave') left.push(new Array(4e6).fill(0.5))
    if (how === 'exit') process.exit(3)
    if (how === 'throw') throw Object.assign(new TypeError('of no use'), { code: 'ENOUSE', cause: new RangeError('too far') })
    if (how === 'late') { void Promise.reject(new Error('nobody caught it')); await new Promise(() => undefined) }
    if (how === 'fail') return job.fail(new RangeError('given up'))
    if (how === 'release' && job.attempts === 1) return console.log('released ' + await job.release(0))
    if (how === 'once') console.log('once ' + await job.once(file, () => console.log('effect')))
    if (how === 'once throws') {
      const mine = new Error('mine')
      const got = await job.once(file, () => { throw mine }).catch((error) => error)
      console.log('same ' + (got === mine))
    }
    if (how === 'badly') console.log('refused ' + await Promise.resolve().then(() => job.release(-1)).catch(({ name }) => name))
    await job.delete()
  }
  failed(data, reason) {
    console.log('failed ' + JSON.stringify({ name: reason.name, code: reason.code, isError: reason instanceof Error, cause: reason.cause?.name, isMainThread, pid: process.pid }))
  }
}
`

const testWith = (isolate: string) => testOn('sqlite', {}, { 'jobs/Does.mjs': does(isolate) })
const push = (queue: QueueClient, how: string, file?: string) => queue.push('Does', { how, file })
const finish = (project: Project, ...flags: string[]) =>
  project.queue('work', '--stop-when-empty', '--sleep', '0', ...flags)

interface Place {
  readonly how: string
  readonly attempts: number
  readonly pid: number
  readonly threadId: number
  readonly isMainThread: boolean
}

/** What the job said of the places it ran in. */
function said<Kind = Place>(stdout: string, word = 'does'): Kind[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith(`${word} {`))
  return lines.map((line) => JSON.parse(line.slice(word.length + 1)) as Kind)
}

/** One that nobody has reaped yet has ended. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && !readFileSync(stat, 'utf8').includes(') Z ')
}

const each = (['thread', 'process'] as const).map((isolate) => [isolate, testWith(`'${isolate}'`)] as const)
const test = testWith('undefined')

describe.each(each)('a job isolated in a %s', (isolate, test) => {
  test('runs there, its middleware around it, and the next one in the same place', async ({
    project,
    queue,
  }) => {
    const middleware = `middleware: [async (job, next) => {
      const { isMainThread } = await import('node:worker_threads')
      console.log('around ' + (isMainThread ? process.pid : 'a thread'))
      return next()
    }],`
    project.write({ 'queue.config.ts': config(`expire: 30, ${middleware}`) })
    project.write({ 'jobs/Does.mjs': does(`'${isolate}'`, 2) })
    for (const how of ['plain', 'release', 'badly']) await push(queue, how)
    // What was released is due in the next second, so that there may be nothing due before.
    const { code, stdout } = await project.queue('work', '--daemon', '--max-jobs', '4', '--sleep', '0.1')
    const places = said(stdout)
    expect(places.map(({ how, attempts }) => `${how} ${attempts}`)).toEqual(
      expect.arrayContaining(['plain 1', 'release 1', 'release 2', 'badly 1']),
    )
    const worker = records(stdout)[0]!.pid
    expect(new Set(places.map(({ pid, threadId }) => `${pid} ${threadId}`)).size).toBe(1)
    expect(places[0]!.isMainThread).toBe(isolate === 'process')
    expect(places[0]!.pid === worker).toBe(isolate === 'thread')
    expect(stdout.match(/^around .*$/gm)).toEqual(
      Array(4).fill(isolate === 'thread' ? 'around a thread' : `around ${places[0]!.pid}`),
    )
    expect(stdout).toMatch(/^released true$/m)
    expect(stdout).toMatch(/^refused RangeError$/m)
    expect(code).toBe(0)
    expect((await project.here('size')).stdout).toMatch(/default +0 +0 +0 +0/)
  })

  test('fails as one in the worker does: class, code and cause of an error reach failed(), and the list', async ({
    project,
    queue,
  }) => {
    for (const how of ['throw', 'fail']) await push(queue, how)
    const { stdout } = await finish(project)
    expect(said<object>(stdout, 'failed')).toEqual([
      expect.objectContaining({ name: 'TypeError', code: 'ENOUSE', cause: 'RangeError', isError: true }),
      expect.objectContaining({ name: 'RangeError', isError: true }),
    ])
    expect(said<Place>(stdout, 'failed')[0]!.isMainThread).toBe(isolate === 'process')
    const failed = JSON.stringify(records((await project.here('failed', '--json')).stdout))
    expect(failed).toContain('TypeError: of no use')
    expect(failed).toContain('Does.mjs')
  })

  test('does an effect once, and catches what the effect threw', async ({ project, queue }) => {
    await push(queue, 'once', 'key')
    const { stdout } = await finish(project)
    expect(stdout.match(/^effect$/gm)).toEqual(['effect'])
    expect(stdout).toMatch(/^once true$/m)
    await push(queue, 'once throws', 'other key')
    expect((await finish(project)).stdout).toMatch(/^same true$/m)
  })

  test('is killed at its time-out when it blocks, told of it when it does not, and the worker goes on', {
    timeout: 30_000,
  }, async ({ project, queue }) => {
    project.write({ 'jobs/Does.mjs': does(`'${isolate}'`, 1, 1) })
    await push(queue, 'block')
    await push(queue, 'heed')
    await queue.push('Says', 'beside')
    const { code, stdout } = await finish(project, '--concurrency', '3')
    const errors = records(stdout).filter(({ msg }) => msg === 'error')
    expect(errors).toHaveLength(2)
    for (const error of errors) {
      expect(error.error).toBe('the job ran longer than its time-out of 1 s')
      expect(error.durationMs).toBeLessThan(5_500)
    }
    const failed = JSON.stringify(records((await project.here('failed', '--json')).stdout))
    expect(failed).toContain('the sandbox of the job was killed')
    expect(failed).toContain('heeded JOB_TIMEOUT')
    expect(stdout).toMatch(/^said "beside"$/m)
    expect(code).toBe(0)
  })

  test('that takes too much memory, leaves the process or leaves an error behind has failed, and the worker goes on', {
    timeout: 30_000,
  }, async ({ project, queue }) => {
    const ways = ['heap', 'exit', 'late', ...(isolate === 'process' ? ['buffers'] : [])]
    for (const how of ways) await push(queue, how)
    await push(queue, 'plain')
    const { code, stdout } = await finish(project)
    const failed = records((await project.here('failed', '--json')).stdout).map((each) =>
      JSON.stringify(each),
    )
    expect(failed).toHaveLength(ways.length)
    const reasons = failed.join('\n')
    expect(reasons).toContain('48 MB of heap are its limit')
    expect(reasons).toContain(`ended its ${isolate} with code 3`)
    expect(reasons).toContain('Error: nobody caught it')
    if (isolate === 'process')
      expect(reasons).toContain('took more memory than it may: 48 MB of heap and 64 MB besides')
    expect(said(stdout).at(-1)!.how).toBe('plain')
    expect(code).toBe(0)
  })

  test('that leaves much memory in use is the last of its sandbox', async ({ project, queue }) => {
    for (const how of ['leave', 'plain']) await push(queue, how)
    const places = said((await finish(project)).stdout)
    expect(places.map(({ how }) => how)).toEqual(['leave', 'plain'])
    expect(new Set(places.map(({ pid, threadId }) => `${pid} ${threadId}`)).size).toBe(2)
  })

  test('is given back unspent, and ended, by a second signal', async ({ project, queue }) => {
    await push(queue, 'block')
    const daemon = project.start('work', '--daemon')
    await daemon.says('does {')
    daemon.signal('SIGTERM')
    await daemon.says('finishing what runs')
    daemon.signal('SIGTERM')
    expect((await daemon.ended).code).toBe(0)
    const size = async () => records((await project.here('size', '--json')).stdout)[0]!
    // Given back in the second in which it was pushed, it is due in the next.
    while ((await size()).delayed !== 0);
    expect(await size()).toMatchObject({ ready: 1, reserved: 0 })
  })

  test('waits, at no cost of a try, while no sandbox can be started', { timeout: 30_000 }, async ({
    project,
    queue,
  }) => {
    const broken = `...((await import('node:worker_threads')).isMainThread && process.channel === undefined || !(await import('node:fs')).existsSync('broken')
      ? {} : { on: 1 }),`
    project.write({ 'queue.config.ts': config(`expire: 30, ${broken}`) })
    writeFileSync(join(project.root, 'broken'), '')
    await push(queue, 'plain')
    const daemon = project.start('work', '--daemon')
    await daemon.says('no sandbox could be started')
    rmSync(join(project.root, 'broken'))
    await daemon.says('"done"')
    daemon.signal('SIGTERM')
    expect(said((await daemon.ended).stdout)).toMatchObject([{ how: 'plain', attempts: 1 }])
  })
})

describe('--isolate', () => {
  test('moves all jobs but those that say otherwise', async ({ project, queue }) => {
    project.write({ 'jobs/Stays.mjs': does('false').replaceAll('Does', 'Stays') })
    await push(queue, 'plain')
    await queue.push('Stays', { how: 'plain' })
    const { stdout } = await finish(project, '--isolate', 'thread')
    expect(said(stdout).map(({ isMainThread }) => isMainThread)).toEqual([false, true])
  })

  test('that is neither thread nor process is refused', async ({ project }) => {
    const { code, stderr } = await project.queue('work', '--isolate', 'box')
    expect(code).toBe(2)
    expect(stderr).toContain('--isolate is "box"; expected thread or process')
  })

  test('a process that blocks ends when its worker is killed', async ({ project, queue }) => {
    project.write({ 'jobs/Does.mjs': does(`'process'`) })
    await push(queue, 'block')
    const daemon = project.start('work', '--daemon')
    await daemon.says('does {')
    const [{ pid }] = said(daemon.stdout) as [Place]
    daemon.signal('SIGKILL')
    // Its output is ours too: the pipe ends when the last process that has it lets go of it, a moment before it is gone.
    await daemon.ended
    await vi.waitUntil(() => !isRunning(pid))
  })
})
