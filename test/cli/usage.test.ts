import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config, jobs, Project } from './project.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const commands = [
  ...['work', 'listen', 'push', 'size', 'failed', 'retry', 'forget', 'flush', 'clear', 'pause', 'resume'],
  ...['restart', 'init', 'make:job', 'table', 'failed-table', 'service', 'completion'],
]

describe('the command line', () => {
  let project: Project
  beforeAll(() => {
    project = new Project({ 'queue.config.ts': config(), ...jobs })
  })
  afterAll(() => project.remove())

  it('lists every command in groups, and shows the same help without a command', async () => {
    const help = await project.queue('--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(
      /Running jobs:[\s\S]*Putting jobs in, looking at them, mending:[\s\S]*Setting up:/,
    )
    for (const command of commands) expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    expect((await project.queue()).stdout).toBe(help.stdout)
  })

  it.each(commands)('%s has a help with an example', async (command) => {
    const help = await project.here(command, '--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain(`  $ queue ${command}`)
    expect(help.stdout).toContain('--connection <name>')
  })

  it('takes "help work" as "work --help"', async () => {
    expect((await project.queue('help', 'work')).stdout).toContain('--daemon')
  })

  it('prints its version', async () => {
    expect(await project.queue('--version')).toMatchObject({ code: 0, stdout: `${version}\n` })
  })

  it('asks whether a near command or flag was meant, and exits 2', async () => {
    const command = await project.queue('wrk')
    expect(command).toMatchObject({ code: 2, stdout: '' })
    expect(command.stderr).toContain('Did you mean work?')
    const flag = await project.queue('work', '--daemn')
    expect(flag.code).toBe(2)
    expect(flag.stderr).toContain('Did you mean --daemon?')
  })

  const seconds = ['--sleep', '--timeout', '--delay', '--rest', '--grace', '--max-time']
  const counts = ['--tries', '--memory', '--max-jobs', '--concurrency', '--prefetch']
  const bad: [string, ...string[]][] = [
    ...[...seconds, ...counts].map((flag): [string, string] => ['work', `${flag}=abc`]),
    ['work', '--sleep', '-1'],
    ['work', '--concurrency=0'],
    ['work', '--backoff=3,x'],
    ['work', '--backoff=slowly'],
    ['work', '--queue=,'],
    ['work', '--queue=a\nb'],
    ['listen', '--sleep=abc'],
    ['push', 'Says', '--delay=abc'],
    ['push', 'Says', '--delay=-1'],
    ['push', 'Says', '--queue=a\nb'],
    ['push', 'Says', '{not json'],
    ['push', 'Says', '"\\ud800"'],
    ['push', 'Says', '{}', '--data-file=x.json'],
    ['push', 'Says', '--data-file=missing.json'],
    ['push', ' '],
    ['size', 'a\nb'],
    ['failed', '--limit=0'],
    ['failed', '--since=soon'],
    ['failed', '--until=2026-02-30'],
    ['failed', '--job= '],
    ['failed', '--queue=a\nb'],
    ['failed', 'show'],
    ['failed', 'shwo', '1'],
    ['retry', '--job=Says', '--since=soon'],
    ['retry', 'all', '--limit=0'],
    ['completion'],
    ['completion', 'csh'],
    ['retry'],
    ['retry', '1', '--range=1-2'],
    ['retry', '--range=2-1'],
    ['retry', '--range=a-b'],
    ['retry', '--range=1-900000'],
    ['forget'],
    ['flush', '--hours=abc'],
    ['clear'],
    ['pause', 'a', '--all'],
    ['make:job', 'class'],
    ['make:job', '../Job1'],
    ['make:job', 'Job1.ts'],
    ['make:job', '1Job'],
    ['init', '--jobs=../elsewhere'],
    ['service', 'supervisord.conf'],
    ['service', 'pm2', '--processes=0'],
    ['service', 'pm2', '--name=a b'],
    ['service', 'systemd', '--user=a b'],
    ['service', 'systemd', '--grace=abc'],
    ['service', 'docker', '--log=logs'],
    ['size', '--connection=missing'],
    ['size', '--config=missing.ts'],
  ]

  it('refuses every bad value with one clear line and exit code 2', { timeout: 120_000 }, async () => {
    const queue = bad.slice()
    const check = async () => {
      for (let args = queue.shift(); args !== undefined; args = queue.shift()) {
        const { code, stderr, stdout } = await project.here(...args)
        expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
        expect(stderr, args.join(' ')).toMatch(/^error: .+\n(\(--help says more\)\n)?$/)
      }
    }
    await check()
  })

  it('names the flag and what it expects', async () => {
    expect((await project.queue('work', '--sleep=abc')).stderr).toMatch(
      /^error: --sleep is "abc"; expected seconds/,
    )
    expect((await project.queue('work', '--tries=1.5')).stderr).toMatch(
      /^error: --tries is "1.5"; expected a whole number/,
    )
  })

  it('exits 2 with the key and the file when the configuration is wrong', async () => {
    project.write({ 'bad.config.ts': `export default { connectr: 'memory' }` })
    const { code, stderr } = await project.queue('size', '--config', 'bad.config.ts')
    expect(code).toBe(2)
    expect(stderr).toMatch(/connectr/)
    expect(stderr).toContain('bad.config.ts')
  })

  it('exits 1 without a stack when the store refuses', async () => {
    project.write({
      'broken.config.ts': config().replace('./.queue/queue.sqlite', './broken.sqlite'),
      'broken.sqlite': 'x'.repeat(8192),
    })
    const { code, stderr } = await project.queue('size', '--config', 'broken.config.ts')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: .*broken\.sqlite/)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('finds the configuration from / through node_modules/.bin', async () => {
    const { code, stdout, stderr } = await project.startWith({ cwd: '/' }, 'push', 'Says').ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^\d+\n$/)
  })

  it.each(['work', 'listen'])(
    '%s runs a job when it is started from / by its absolute path',
    async (command) => {
      await project.here('push', 'Says', '1', '--queue', command)
      const file = join(project.root, 'node_modules', 'thinkq', 'bin', 'queue.js')
      const shell = `cd / && exec ${process.execPath} ${file} ${command} --queue ${command} --stop-when-empty --sleep 0.1`
      const { code, stdout, stderr } = await project.run({ shell }).ended
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('said 1')
    },
  )

  it('serves from the embedded store where nothing is configured, and says so', async () => {
    const bare = new Project(jobs)
    try {
      await bare.queue('push', 'Says')
      const { code, stdout } = await bare.queue('work')
      expect(code).toBe(0)
      expect(stdout).toContain(`${bare.root}/.queue/queue.sqlite`)
      expect(stdout).toContain('said ""')
    } finally {
      await bare.remove()
    }
  })
})
