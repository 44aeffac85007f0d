import { spawnSync } from 'node:child_process'
import { chownSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { config, jobs, Project } from './project.ts'

const formats = ['supervisor', 'systemd', 'pm2', 'docker'] as const
type Format = (typeof formats)[number]

/** Where each format says how many seconds a stop may take. */
const stopTimes: Readonly<Record<Format, (text: string) => number>> = {
  supervisor: (text) => Number(/^stopwaitsecs=(\d+)$/m.exec(text)![1]),
  systemd: (text) => Number(/^TimeoutStopSec=(\d+)$/m.exec(text)![1]),
  pm2: (text) => Number(/^ +kill_timeout: (\d+),$/m.exec(text)![1]) / 1_000,
  docker: (text) => Number(/^ +stop_grace_period: (\d+)s$/m.exec(text)![1]),
}

const withoutVerify = spawnSync('systemd-analyze', ['--version']).status === 0 ? null : 'systemd-analyze'
if (withoutVerify !== null)
  console.log(`skipped: the unit of systemd cannot be verified without ${withoutVerify}`)

describe('queue service', () => {
  let project: Project
  beforeEach(() => {
    project = new Project({ 'queue.config.ts': config(), ...jobs })
  })
  afterEach(() => project.remove())

  const printed = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await project.here('service', ...args)
    expect({ args, code, stderr: stderr.replace(/^(note|warning): .*\n/gm, '') }).toEqual({
      args,
      code: 0,
      stderr: '',
    })
    return stdout
  }

  /** What a configuration file in a folder of any name makes of it. */
  const printedIn = async (folder: string, ...args: readonly string[]) => {
    const file = join(folder, 'queue.config.ts')
    project.write({ [file]: config(), [join(folder, 'jobs/Says.mjs')]: jobs['jobs/Says.mjs'] })
    return printed(...args, `--config=${join(project.root, file)}`)
  }

  it('lists the formats where none is named, and asks whether a near one was meant', async () => {
    const listed = await printed()
    for (const format of formats) expect(listed).toMatch(new RegExp(`^  ${format} +\\w`, 'm'))
    const unknown = await project.here('service', 'systmd')
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toBe(
      'error: there is no format "systmd" (did you mean "systemd"?); there are supervisor, systemd, pm2, docker\n',
    )
  })

  it('lets a stop take five seconds more than the grace time, wherever that is said', async () => {
    project.write({ 'grace.config.ts': config('worker: { grace: 12 },') })
    for (const format of formats) {
      const stop = stopTimes[format]
      const [byFlag, byConfig] = await Promise.all([
        printed(format, '--grace=7.2'),
        printed(format, '--config=grace.config.ts'),
      ])
      expect([format, stop(byFlag), stop(byConfig)]).toEqual([format, 13, 17])
      expect(byFlag).toContain('--grace=8')
    }
    const stop = stopTimes.supervisor
    expect(stop(await printed('supervisor', '--timeout=30'))).toBe(35)
    expect(stop(await printed('supervisor'))).toBe(65)
  })

  it('serves all pools by one command, and gives it the time to end its workers', async () => {
    const pools = `worker: { grace: 3, pools: {
      notices: { queues: ['notices', 'urgent'], max: 4, grace: 9 }, rest: { queues: ['default'] } } },`
    project.write({ 'queue.config.ts': config(pools) })
    for (const format of formats)
      expect([format, stopTimes[format](await printed(format))]).toEqual([format, 21])
    const text = await printed('supervisor', '--processes=3')
    expect(text).toContain(`/queue.js work --daemon --processes=3 --config=${project.root}/queue.config.ts\n`)
    expect(text).toContain('\nnumprocs=1\n')
    expect(text).toMatch(/^\[program:thinkq-cli-\w+-notices-rest\]$/m)
    const one = await printed('supervisor', '--queue=urgent', '--processes=2')
    expect(one).toContain(`/queue.js work --daemon --queue=urgent --grace=3 --config=`)
    expect(one).toContain('\nnumprocs=2\n')
    expect(stopTimes.supervisor(one)).toBe(8)
    const few = await project.here('service', 'supervisor', '--processes=1')
    expect(few).toMatchObject({ code: 2, stderr: expect.stringContaining('fewer than the 2') })
  })

  it('counts the processes of the configuration once, where a number is asked for too', async () => {
    project.write({ 'queue.config.ts': config('worker: { processes: 3, grace: 3 },') })
    const parent = await printed('supervisor')
    expect(parent).toContain('--daemon --queue=default --grace=3 --config=')
    expect(parent).toContain('\nnumprocs=1\n')
    expect(stopTimes.supervisor(parent)).toBe(15)
    const workers = await printed('supervisor', '--processes=2')
    expect(workers).toContain('--daemon --queue=default --processes=1 --grace=3 --config=')
    expect(workers).toContain('\nnumprocs=2\n')
    expect(stopTimes.supervisor(workers)).toBe(8)
  })

  it('names the command by absolute paths, without npx', async () => {
    const text = await printed('supervisor', '--queue=reserve_notice,mail', '--connection=database')
    expect(text).toContain(
      `\ncommand=${process.execPath} ${project.root}/node_modules/thinkq/bin/queue.js work --daemon ` +
        `--queue=reserve_notice,mail --connection=database --grace=60 --config=${project.root}/queue.config.ts\n`,
    )
    expect(text).toContain(`\ndirectory=${project.root}\n`)
    // On a slow machine exit code 2 comes after a second, and no run of supervisord would show that this matters.
    expect(text).toContain('\nstartsecs=0\n')
    expect(text).toMatch(/^\[program:thinkq-cli-\w+-reserve_notice-mail\]$/m)
  })

  it('runs as the owner of the folder, never as root unless told to', async () => {
    const owner = process.getuid?.() === 0 ? 'thinkq' : userInfo().username
    expect(await printed('supervisor')).toContain(`\nuser=${owner}\n`)
    expect(await printed('systemd')).toContain(`\nUser=${owner}\n`)
    const { stdout, stderr } = await project.here('service', 'systemd', '--user=root')
    expect(stdout).toContain('\nUser=root\n')
    expect(stderr).toContain('warning: the jobs will run as root')
  })

  it.skipIf(process.getuid?.() !== 0)('finds the name of the owner', async () => {
    chownSync(project.root, 1, 1)
    expect(await printed('supervisor')).toContain('\nuser=daemon\n')
  })

  it('makes the folder of the log files, and says so beside the file', async () => {
    const { stderr } = await project.here('service', 'supervisor', '--log=logs/queue')
    expect(stderr).toContain(`note: made the folder of the log files, ${project.root}/logs/queue\n`)
    expect(existsSync(join(project.root, 'logs/queue'))).toBe(true)
    await printed('systemd')
    expect(existsSync(join(project.root, 'log'))).toBe(false)
    expect(await printed('systemd', '--log=logs', '--name=shop')).toContain(
      `\nStandardOutput=append:${project.root}/logs/shop.log\n`,
    )
  })

  it('says which variables of this shell the workers will not know', async () => {
    const env = { QUEUE_WORKER_SLEEP: '1' }
    const { stderr } = await project.startWith({ env }, 'service', 'systemd').ended
    expect(stderr).toContain('put QUEUE_WORKER_SLEEP into .env')
  })

  it('refuses a path that supervisor would cut at a comment', async () => {
    const folder = join(project.root, 'a #b')
    project.write({ 'a #b/queue.config.ts': config(), 'a #b/jobs/Says.mjs': jobs['jobs/Says.mjs'] })
    const { code, stderr } = await project.here('service', 'supervisor', `--config=${folder}/queue.config.ts`)
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`"${folder}" cannot be`),
    })
  })

  it.skipIf(withoutVerify !== null)('systemd finds nothing wrong with its unit', async () => {
    const texts = [
      await printed('systemd', '--name=plain'),
      await printedIn(`a b%c$d'e"f`, 'systemd', '--name=odd', '--queue=a $b %c "d"'),
      await printed('systemd', '--name=many', '--processes=3', '--log=l'),
    ]
    const names = ['plain.service', 'odd.service', 'many@.service']
    project.write(Object.fromEntries(names.map((name, at) => [name, texts[at]!])))
    // A template is looked at by one of its instances.
    const files = names.map((name) => join(project.root, name.replace('@', '@1')))
    project.write({ 'many@1.service': texts[2]! })
    const verified = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' })
    expect(verified.stdout + verified.stderr).toBe('')
    expect(verified.status).toBe(0)
    expect(texts[1]).toContain(`"--queue=a $$b %%c \\"d\\""`)
    expect(texts[1]).toContain(`/a b%%c$d'e"f\nExecStart=`)
    expect(texts[1]).toMatch(/^RestartPreventExitStatus=2$/m)
  })

  it('pm2 reads every path and name as it is', async () => {
    const text = await printedIn(`a b%c$d'e"f`, 'pm2', '--queue=a $b %c "d"', '--processes=2')
    project.write({ 'shop.config.cjs': text })
    const [app] = createRequire(import.meta.url)(join(project.root, 'shop.config.cjs')).apps
    const folder = join(project.root, `a b%c$d'e"f`)
    expect(app).toMatchObject({
      interpreter: process.execPath,
      script: join(project.root, 'node_modules/thinkq/bin/queue.js'),
      args: ['work', '--daemon', '--queue=a $b %c "d"', '--grace=60', `--config=${folder}/queue.config.ts`],
      cwd: folder,
      instances: 2,
      stop_exit_codes: [2],
      treekill: false,
    })
  })

  it('docker gets the command word by word, and a volume for the embedded store', async () => {
    project.write({ 'package-lock.json': '{}' })
    const text = await printed('docker', '--queue=a $b "c"', '--name=shop')
    const command = JSON.parse(/^ +command: (.*)$/m.exec(text)![1]!)
    expect(command).toEqual([
      'node',
      '/app/node_modules/thinkq/bin/queue.js',
      'work',
      '--daemon',
      '--queue=a $$b "c"',
      '--grace=60',
      '--config=/app/queue.config.ts',
    ])
    expect(text).toContain('\n    init: true\n')
    expect(text).toContain('RUN rm -rf node_modules && npm ci --omit=dev\n')
    expect(text).toContain('- "queue:/app/.queue"\nvolumes:\n  queue:\n')
    project.write({ 'redis.config.ts': `export default { connector: 'redis', jobs: './jobs' }` })
    expect(await printed('docker', '--config=redis.config.ts')).not.toContain('volumes')
  })

  it('docker refuses a store that would go with the container', async () => {
    project.write({ 'top.config.ts': config().replace('./.queue/', './') })
    const { code, stderr } = await project.here('service', 'docker', '--config=top.config.ts')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('inside the project') })
  })
})
