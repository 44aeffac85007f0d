import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../settings.ts'

const bin = fileURLToPath(new URL('../../../bin/queue.js', import.meta.url))

/** Jobs at once in one worker. Each sends one notice after another, so at most so many are in flight. */
const concurrency = 4

/** A demo that is itself killed leaves no worker behind for longer than this, in seconds. */
const longestLife = 180

/** `queue work --daemon --queue reserve_notice` as a process of its own. What it prints is appended to `logFile`. */
export class WorkerProcess {
  readonly logFile: string
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #error: Error | undefined

  constructor(logFile: string, env: Readonly<Record<string, string>>) {
    this.logFile = logFile
    const log = openSync(logFile, 'a')
    this.#child = spawn(process.execPath, [bin, ...this.args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    const kill = () => this.#child.kill('SIGKILL')
    process.prependOnceListener('exit', kill) // before the folder it writes to is removed
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#error = error
        resolve()
      })
      this.#child.once('exit', () => resolve())
    })
    void this.#ended.then(() => process.removeListener('exit', kill))
  }

  get args(): readonly string[] {
    return [
      ...['work', '--daemon', '--queue', 'reserve_notice'],
      ...['--config', join(root, 'queue.config.ts')],
      ...['--concurrency', String(concurrency), '--sleep', '1', '--max-time', String(longestLife)],
    ]
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Throws, with the end of its log, when it has ended by itself. */
  check(): void {
    const { exitCode, signalCode } = this.#child
    if (this.#error === undefined && exitCode === null && signalCode === null) return
    const how = this.#error?.message ?? `exit ${exitCode ?? signalCode}`
    const end = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-10).join('\n')
    throw new Error(`the worker ended by itself (${how}); its last lines:\n${end}`)
  }

  /** kill -9: it can do nothing about it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Asks it to finish what it runs and go. Answers its exit code, or the name of the signal that ended it. */
  async stop(): Promise<number | string | null> {
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), 15_000)
    this.#child.kill('SIGTERM')
    await this.#ended
    clearTimeout(patience)
    return this.#child.exitCode ?? this.#child.signalCode
  }
}
