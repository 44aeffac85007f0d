import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandHere } from './command-here.ts'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/** Below the time that a test has, so that its failure tells what was said. */
const silenceMs = 25_000

/** How a command ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Nothing of the machine that runs the tests may steer the commands. */
const plainEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(QUEUE_|DATABASE_URL|npm_|NO_COLOR|FORCE_COLOR)/.test(name),
  ),
)

/** A command under way. */
export class Running {
  readonly ended: Promise<Ended>
  readonly process: ChildProcess
  #stdout = ''
  #stderr = ''
  readonly #waiting = new Set<() => void>()

  constructor(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv, input = '', shell?: string) {
    const [command, given] = shell === undefined ? [process.execPath, args] : ['/bin/sh', ['-c', shell]]
    this.process = spawn(command, given, { cwd, env: { ...plainEnv, ...env }, stdio: 'pipe' })
    this.process.stdin?.on('error', () => undefined)
    this.process.stdin?.end(input)
    this.process.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stdout += chunk
      this.#heard()
    })
    this.process.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr += chunk
    })
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr })
        this.#heard()
      })
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  /** Resolves once stdout has that; rejects with all output when the command ends without, or says nothing of it for too long. */
  async says(pattern: RegExp | string, times = 1): Promise<void> {
    const isSaid = () => this.#stdout.split(pattern).length > times
    const deadline = performance.now() + silenceMs
    while (!isSaid()) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        await this.ended
        if (isSaid()) return
        throw new Error(`ended without saying ${pattern}: ${this.#stdout}${this.#stderr}`)
      }
      const leftMs = deadline - performance.now()
      if (leftMs <= 0)
        throw new Error(`did not say ${pattern} within ${silenceMs} ms: ${this.#stdout}${this.#stderr}`)
      await this.#news(leftMs)
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }

  /** Resolves when the command said or did something, or after so long. */
  #news(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs)
      this.#waiting.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #heard(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** A project in a folder of its own, in which this package is installed and commands are run. */
export class Project {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'thinkq-cli-')))
  readonly bin = join(this.root, 'node_modules', '.bin', 'queue')
  readonly #running = new Set<Running>()

  constructor(files: Readonly<Record<string, string>> = {}) {
    mkdirSync(dirname(this.bin), { recursive: true })
    symlinkSync(packageRoot, join(this.root, 'node_modules', 'thinkq'))
    symlinkSync(join(packageRoot, 'bin', 'queue.js'), this.bin)
    this.write({ 'package.json': '{"name":"project"}', ...files })
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, name)), { recursive: true })
      writeFileSync(join(this.root, name), text)
    }
  }

  /** Runs a command in the process of the tests: for those that need none of their own. */
  here(...args: readonly string[]): Promise<Ended> {
    return commandHere(this.root, plainEnv, args)
  }

  /** Runs a command to its end. */
  queue(...args: readonly string[]): Promise<Ended> {
    return this.start(...args).ended
  }

  start(...args: readonly string[]): Running {
    return this.startWith({}, ...args)
  }

  startWith(
    { env = {}, cwd = this.root, input }: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string },
    ...args: readonly string[]
  ): Running {
    return this.#kept(new Running([this.bin, ...args], cwd, env, input))
  }

  /** Runs node itself in this project. */
  node(...args: readonly string[]): Promise<Ended> {
    return this.run({}, ...args).ended
  }

  /** Starts node, or a line of the shell. */
  run({ env = {}, shell }: { env?: NodeJS.ProcessEnv; shell?: string }, ...args: readonly string[]): Running {
    return this.#kept(new Running(args, this.root, env, '', shell))
  }

  /** Ends what still runs, and removes everything. */
  async remove(): Promise<void> {
    for (const running of this.#running) running.signal('SIGKILL')
    await Promise.all([...this.#running].map(({ ended }) => ended))
    rmSync(this.root, { recursive: true, force: true })
  }

  #kept(running: Running): Running {
    this.#running.add(running)
    void running.ended.then(() => this.#running.delete(running))
    return running
  }
}

/** A configuration whose leases are short enough for a test to see one end. */
export const config = (more = '') => `import { defineConfig } from 'thinkq'
export default defineConfig({
  connector: 'database',
  dsn: 'sqlite:./.queue/queue.sqlite',
  expire: 1,
  ${more}
})
`

/** Jobs that say what they do. */
export const jobs = {
  'jobs/Says.mjs': `export default class Says {
  async fire(job, data) {
    console.log('said ' + JSON.stringify(data))
    await job.delete()
  }
}
`,
  'jobs/Fails.mjs': `export default class Fails {
  static tries = 1
  fire() {
    throw new Error('it failed')
  }
}
`,
  'jobs/Waits.mjs': `import { existsSync, watch } from 'node:fs'
export default class Waits {
  static timeout = 0
  async fire(job, data) {
    console.log('waits ' + job.attempts)
    while (!existsSync(data.file)) await new Promise((resolve) => {
      const watcher = watch(data.folder, () => { watcher.close(); resolve() })
      if (existsSync(data.file)) { watcher.close(); resolve() }
    })
    console.log('waited ' + job.attempts)
    await job.delete()
  }
}
`,
}

/** The JSON lines of a text; other lines are left out. */
export function records(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
