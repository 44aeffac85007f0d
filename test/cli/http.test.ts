import { writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { describe } from 'vitest'
import { testOn } from '../e2e/on-store.ts'
import { childrenOf } from '../e2e/process-tree.ts'
import { missing, promtool } from '../metrics/promtool.ts'
import { startRedis } from '../redis-server.ts'
import { type Project, type Running, records } from './project.ts'

const it = testOn('redis')
const free = '127.0.0.1:0'

/** A worker that keeps running, and the address that it says. */
async function served(project: Project, { env = {}, flags = ['--http', free] } = {}) {
  const daemon = project.startWith({ env }, 'work', '--daemon', ...flags)
  await daemon.says('"started"')
  return { daemon, url: urlOf(daemon) }
}

function urlOf(daemon: Running): string {
  return records(daemon.stdout).find(({ http }) => http !== undefined)!.http as string
}

async function page(url: string, path: string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The lines of the metrics that begin so, without their common name. */
async function metrics(url: string, name: string): Promise<Record<string, number>> {
  const { text } = await page(url, '/metrics')
  const lines = text.split('\n').filter((line) => line.startsWith(name))
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(name.length, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' '))),
    ]),
  )
}

/** Asks until the answer is as wanted. */
async function until<Value>(ask: () => Promise<Value>, isWanted: (value: Value) => boolean): Promise<Value> {
  const deadline = performance.now() + 25_000
  for (;;) {
    const value = await ask()
    if (isWanted(value)) return value
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const statusOf = async (url: string, path: string) => (await page(url, path)).status

describe.concurrent('queue work --daemon --http', { timeout: 60_000 }, () => {
  it('counts each job once, by queue, name and outcome, and Prometheus can read it', async ({
    project,
    queue,
    expect,
  }) => {
    const { daemon, url } = await served(project, { flags: ['--http', free, '--queue', 'default,low'] })
    for (let at = 0; at < 5; at++) await queue.push('Says', at)
    await queue.push('Says', 'low', 'low')
    await queue.push('Fails', 1)
    await queue.push('Nobody', 1)
    await daemon.says('"done"', 6)
    await daemon.says('was buried', 2)
    const processed = await metrics(url, 'thinkq_jobs_processed_total')
    expect(processed['{queue="default",job="Says",outcome="deleted"}']).toBe(5)
    expect(processed['{queue="low",job="Says",outcome="deleted"}']).toBe(1)
    expect(Object.values(processed).reduce((sum, count) => sum + count, 0)).toBe(6)
    const one = { '{queue="default",job="Fails"}': 1, '{queue="default",job="unknown"}': 1 }
    const none = { '{queue="default",job="Says"}': 0, '{queue="low",job="Says"}': 0 }
    expect(await metrics(url, 'thinkq_job_errors_total')).toEqual({ ...one, ...none })
    expect(await metrics(url, 'thinkq_jobs_failed_total')).toEqual({ ...one, ...none })
    for (const name of ['thinkq_job_duration_seconds_count', 'thinkq_job_push_to_start_seconds_count'])
      expect(await metrics(url, name)).toEqual({
        ...{ '{queue="default",job="Says"}': 5, '{queue="low",job="Says"}': 1 },
        ...one,
      })
    expect(await metrics(url, 'thinkq_queue_jobs')).toMatchObject({
      '{queue="default",state="ready"}': 0,
      '{queue="default",state="failed"}': 2,
      '{queue="low",state="failed"}': 0,
    })
    const { headers, text } = await page(url, '/metrics')
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    if (missing === null) expect(promtool(text)).toBe('')
  })

  it('shows what waits and what runs', async ({ project, queue, expect }) => {
    const { daemon, url } = await served(project)
    const file = join(project.root, 'go')
    await queue.push('Waits', { file, folder: project.root })
    await daemon.says('waits 1')
    await queue.push('Says', 1)
    await queue.later(60, 'Says', 2)
    expect(await metrics(url, 'thinkq_queue_jobs')).toEqual({
      '{queue="default",state="ready"}': 1,
      '{queue="default",state="delayed"}': 1,
      '{queue="default",state="reserved"}': 1,
      '{queue="default",state="failed"}': 0,
    })
    expect(await metrics(url, 'thinkq_jobs_running')).toEqual({ '{queue="default"}': 1 })
    writeFileSync(file, '')
  })

  it('is ready until it is told to stop, tells so while it drains, and then ends at once', async ({
    project,
    queue,
    expect,
  }) => {
    const { daemon, url } = await served(project)
    const file = join(project.root, 'go')
    await queue.push('Waits', { file, folder: project.root })
    await daemon.says('waits 1')
    expect(await statusOf(url, '/readyz')).toBe(200)
    // A client that keeps its connection.
    const agent = new Agent({ keepAlive: true })
    await new Promise((resolve) =>
      get(`${url}/healthz`, { agent }, (response) => response.resume().on('end', resolve)),
    )
    daemon.signal('SIGTERM')
    await daemon.says('finishing what runs')
    expect(await statusOf(url, '/readyz')).toBe(503)
    expect(await statusOf(url, '/healthz')).toBe(200)
    writeFileSync(file, '')
    await daemon.says('waited 1')
    const before = performance.now()
    expect(await daemon.ended).toMatchObject({ code: 0 })
    expect(performance.now() - before).toBeLessThan(2_000)
    agent.destroy()
  })

  it('a worker whose queues are paused, or that is told to be quiet, is well', async ({
    project,
    expect,
  }) => {
    const { daemon, url } = await served(project, { flags: ['--http', free, '--sleep', '0.1'] })
    await until(
      () => statusOf(url, '/readyz'),
      (status) => status === 200,
    )
    await project.here('pause')
    await daemon.says('paused: default')
    const health = async () => JSON.parse((await page(url, '/healthz')).text)
    expect(await health()).toMatchObject({ status: 'ok', workers: [{ paused: ['default'], hungryMs: 0 }] })
    expect(await metrics(url, 'thinkq_queue_paused')).toEqual({ '{queue="default"}': 1 })
    expect(await statusOf(url, '/readyz')).toBe(200)
    await project.here('resume')
    await daemon.says('resumed: default')
    expect(await health()).toMatchObject({ status: 'ok', workers: [{ paused: [] }] })
    daemon.signal('SIGUSR2')
    await daemon.says('paused until SIGCONT')
    expect(await health()).toMatchObject({ status: 'ok', workers: [{ takesJobs: false, hungryMs: 0 }] })
    expect(await statusOf(url, '/readyz')).toBe(503)
  })

  it('is ill while its store is gone, answers all the same, and is well again with the store', async ({
    project,
    expect,
    onTestFinished,
  }) => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    project.write({ 'queue.config.ts': `export default { connector: 'redis', url: '${server.url}' }` })
    const { url } = await served(project, { flags: ['--http', free, '--sleep', '0.1'] })
    await until(
      () => statusOf(url, '/readyz'),
      (status) => status === 200,
    )
    expect(await metrics(url, 'thinkq_store_up')).toEqual({ '': 1 })
    await server.kill()
    await until(
      () => metrics(url, 'thinkq_store_up'),
      (up) => up[''] === 0,
    )
    const before = performance.now()
    expect(await metrics(url, 'thinkq_queue_jobs')).toEqual({})
    expect(performance.now() - before).toBeLessThan(2_000)
    expect(await statusOf(url, '/healthz')).toBe(200)
    const ill = await until(
      () => page(url, '/healthz'),
      ({ status }) => status === 503,
    )
    expect(JSON.parse(ill.text)).toMatchObject({
      status: 'the store does not answer',
      workers: [{ boundMs: 10_100 }],
    })
    expect(await metrics(url, 'thinkq_workers_hungry')).toEqual({ '': 1 })
    await server.restart()
    await until(
      () => statusOf(url, '/healthz'),
      (status) => status === 200,
    )
    await until(
      () => metrics(url, 'thinkq_store_up'),
      (up) => up[''] === 1,
    )
  })

  it('a store that hangs keeps no page for longer than 2 s', async ({ project, expect, onTestFinished }) => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    project.write({ 'queue.config.ts': `export default { connector: 'redis', url: '${server.url}' }` })
    const { url } = await served(project)
    await until(
      () => statusOf(url, '/readyz'),
      (status) => status === 200,
    )
    process.kill(server.pid, 'SIGSTOP')
    let longestMs = 0
    const isUp = async () => {
      const before = performance.now()
      const up = await metrics(url, 'thinkq_store_up')
      longestMs = Math.max(longestMs, performance.now() - before)
      return up[''] === 1
    }
    await until(isUp, (up) => !up)
    expect(await isUp()).toBe(false)
    expect(longestMs).toBeLessThan(2_000)
    process.kill(server.pid, 'SIGCONT')
  })

  it('an address that others reach is refused without a token, and with one nobody else is answered', async ({
    project,
    expect,
  }) => {
    for (const open of ['0.0.0.0:0', '[::]:0', 'example.com:0']) {
      const { code, stderr, stdout } = await project.here('work', '--daemon', '--http', open)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/can be reached by other machines: set QUEUE_WORKER_HTTP_TOKEN/)
    }
    const env = { QUEUE_WORKER_HTTP: '0.0.0.0:0', QUEUE_WORKER_HTTP_TOKEN: 's3cret-of-the-shop' }
    const { daemon, url } = await served(project, { env, flags: [] })
    const local = url.replace('0.0.0.0', '127.0.0.1')
    for (const path of ['/', '/healthz', '/readyz', '/metrics', '/nope'])
      expect(await statusOf(local, path), path).toBe(401)
    const headers = { authorization: `Bearer ${env.QUEUE_WORKER_HTTP_TOKEN}` }
    expect((await page(local, '/metrics', { headers })).status).toBe(200)
    expect(daemon.stdout).not.toContain(env.QUEUE_WORKER_HTTP_TOKEN)
  })

  it('a port that is taken ends it with 1, before a job is run', async ({ project, queue, expect }) => {
    const { daemon, url } = await served(project)
    await queue.push('Says', 1)
    await daemon.says('said 1')
    daemon.signal('SIGUSR2')
    await daemon.says('paused until SIGCONT')
    await queue.push('Says', 2)
    const other = await project.start('work', '--daemon', '--http', url.replace('http://', '')).ended
    expect([other.code, other.stdout]).toEqual([1, ''])
    expect(other.stderr).toMatch(
      /^error: health and metrics cannot be served on 127\.0\.0\.1:\d+: another process/,
    )
    expect((await queue.size()).ready).toBe(1)
  })

  it('is not for one job: the flag is refused then, and the configuration left alone', async ({
    project,
    expect,
  }) => {
    const refused = await project.here('work', '--http', free)
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('add --daemon')])
    const { url } = await served(project)
    const env = { QUEUE_WORKER_HTTP: url.replace('http://', '') }
    const once = await project.startWith({ env }, 'work', '--sleep', '0').ended
    expect(once.code).toBe(0)
  })

  it('nothing listens where nobody wants it', async ({ project, expect }) => {
    const daemon = project.start('work', '--daemon')
    await daemon.says('"started"')
    expect(daemon.stdout).not.toContain('health and metrics')
    daemon.signal('SIGTERM')
    expect((await daemon.ended).code).toBe(0)
  })
})

describe.concurrent('queue work --processes --http', { timeout: 60_000 }, () => {
  const flags = ['--http', free, '--processes', '2']

  it('one address tells of all workers, also of what those had counted that have ended', async ({
    project,
    queue,
    expect,
  }) => {
    const { daemon, url } = await served(project, { flags })
    const workers = async (count: number) =>
      until(
        () => metrics(url, 'thinkq_workers'),
        (found) => found[''] === count,
      )
    await workers(2)
    await until(
      () => statusOf(url, '/readyz'),
      (status) => status === 200,
    )
    // One in each.
    const file = join(project.root, 'go')
    for (let at = 0; at < 2; at++) await queue.push('Waits', { file, folder: project.root })
    await daemon.says('waits 1', 2)
    writeFileSync(file, '')
    for (let at = 0; at < 38; at++) await queue.push('Says', at)
    await daemon.says('"done"', 40)
    const done = async () => {
      const processed = Object.entries(await metrics(url, 'thinkq_jobs_processed_total'))
      return processed.reduce((sum, [labels, count]) => sum + (labels.includes('"deleted"') ? count : 0), 0)
    }
    expect(await done()).toBe(40)
    const cpu = async () => (await metrics(url, 'thinkq_workers_cpu_seconds_total'))['']!
    const before = await cpu()
    daemon.signal('SIGHUP')
    await daemon.says('every worker is a new one')
    await workers(2)
    await queue.push('Says', 40)
    await daemon.says('"done"', 41)
    expect(await done()).toBe(41)
    expect(await cpu()).toBeGreaterThan(before)
    const [killed] = childrenOf(daemon.process.pid!)
    process.kill(killed!, 'SIGKILL')
    await daemon.says('was ended by SIGKILL')
    expect(await done()).toBe(41)
    await workers(2)
    daemon.signal('SIGTERM')
    expect((await daemon.ended).code).toBe(0)
  })

  it('shows what all of them run, is ready until it is told to stop, and ends at once', async ({
    project,
    queue,
    expect,
  }) => {
    const { daemon, url } = await served(project, { flags })
    const file = join(project.root, 'go')
    for (let at = 0; at < 2; at++) await queue.push('Waits', { file, folder: project.root })
    await daemon.says('waits 1', 2)
    expect(await metrics(url, 'thinkq_jobs_running')).toEqual({ '{queue="default"}': 2 })
    expect(await statusOf(url, '/readyz')).toBe(200)
    daemon.signal('SIGTERM')
    await daemon.says('finishing what runs')
    await until(
      () => statusOf(url, '/readyz'),
      (status) => status === 503,
    )
    writeFileSync(file, '')
    expect((await daemon.ended).code).toBe(0)
  })

  it('a worker that a job blocks does not keep the others from being told of', async ({
    project,
    queue,
    expect,
  }) => {
    project.write({
      'jobs/Blocks.mjs': `import { existsSync } from 'node:fs'
export default class Blocks {
  fire(job, file) {
    console.log('blocks')
    while (!existsSync(file));
    return job.delete()
  }
}
`,
    })
    const { daemon, url } = await served(project, { flags })
    await until(
      () => metrics(url, 'thinkq_workers'),
      (found) => found[''] === 2,
    )
    const file = join(project.root, 'go')
    await queue.push('Blocks', file)
    await daemon.says('blocks')
    await queue.push('Says', 1)
    await daemon.says('"done"')
    const before = performance.now()
    const processed = await metrics(url, 'thinkq_jobs_processed_total')
    expect(performance.now() - before).toBeLessThan(2_000)
    expect(processed['{queue="default",job="Says",outcome="deleted"}']).toBe(1)
    expect(await statusOf(url, '/healthz')).toBe(200)
    writeFileSync(file, '')
  })
})
