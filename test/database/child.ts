import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs')

/** A script of `children/`, or an absolute one, in a process of its own, talking over IPC; killed when the test ends. */
export class Child {
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>
  readonly #process: ChildProcess
  readonly #messages: unknown[] = []
  #heard: (() => void) | undefined
  #over = false

  constructor(script: string, args: readonly string[], { node = process.execPath, env = {} } = {}) {
    const file = resolve(import.meta.dirname, 'children', script)
    this.#process = spawn(node, [jiti, file, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
    })
    let stderr = ''
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    this.#process.on('message', (message) => {
      this.#messages.push(message)
      this.#heard?.()
    })
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code) => {
        this.#over = true
        this.#heard?.()
        resolve({ code, stderr })
      })
    })
    onTestFinished(async () => {
      this.kill()
      await this.ended
    })
  }

  /** The next message. Rejects when the process ends without one. */
  async next<Message>(): Promise<Message> {
    while (this.#messages.length === 0) {
      if (this.#over) throw new Error(`the child said nothing: ${(await this.ended).stderr}`)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
    return this.#messages.shift() as Message
  }

  send(message: string): void {
    this.#process.send(message)
  }

  /** As `kill -9`. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }
}
