import { spawn } from 'node:child_process'
import type { Ms } from '../contract/time.ts'
import type { ChildMessage } from './parent.ts'

export interface ChildOptions {
  /** The script to run by this very node, absolute, and its arguments. */
  readonly script: string
  readonly args: readonly string[]
  /** Told when the child is killed because its job ran for so long. */
  readonly killed?: (job: string, timeoutMs: Ms) => void
}

/** How a child ended. */
export interface ChildEnd {
  readonly code: number
  /** Whether a job was begun. */
  readonly ranJob: boolean
}

/** What a child may take beyond its job's time-out to end by itself: it was told to, unless its event loop is blocked. */
const unwindMs: Ms = 6_000

/**
 * One child process: its output is ours, signals reach it only through `signal` (it has a process group of its own, so that
 * Ctrl+C does not reach it twice), and it is killed when its job outlives its time-out and the time to unwind.
 */
export class Child {
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<ChildEnd>
  readonly #options: ChildOptions
  readonly #process
  #ranJob = false
  #signalled = false
  #killTimer: NodeJS.Timeout | undefined

  constructor(options: ChildOptions) {
    this.#options = options
    this.#process = spawn(process.execPath, [...process.execArgv, options.script, ...options.args], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      detached: process.platform !== 'win32',
    })
    this.#process.on('message', (message: ChildMessage) => this.#heard(message))
    this.ended = new Promise((resolve) => {
      this.#process.once('error', () => resolve({ code: 1, ranJob: this.#ranJob }))
      this.#process.once('exit', (code, signal) => {
        clearTimeout(this.#killTimer)
        resolve({ code: code ?? this.#codeOf(signal), ranJob: this.#ranJob })
      })
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#signalled = true
    this.#process.kill(signal)
  }

  /** A child that was stopped before it could take a job, or even a signal, has done what it was told. */
  #codeOf(signal: NodeJS.Signals | null): number {
    return signal !== 'SIGKILL' && this.#signalled && !this.#ranJob ? 0 : 1
  }

  #heard(message: ChildMessage): void {
    clearTimeout(this.#killTimer)
    if (message.kind === 'ended') return
    this.#ranJob = true
    const { timeoutMs, job } = message
    if (timeoutMs > 0) this.#killTimer = setTimeout(() => this.#kill(job, timeoutMs), timeoutMs + unwindMs)
  }

  #kill(job: string, timeoutMs: Ms): void {
    this.#options.killed?.(job, timeoutMs)
    this.#process.kill('SIGKILL')
  }
}
