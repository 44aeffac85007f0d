import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from './free-port.ts'

const isLinux = process.platform === 'linux'
/** On Linux the kernel ends the server with its parent, also after kill -9. */
const tether =
  isLinux && spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0
    ? ['setpriv', '--pdeathsig', 'KILL']
    : []
const alive = new Set<ChildProcess>()

process.on('exit', () => {
  for (const each of alive) each.kill('SIGKILL')
})

/** What is started on a port of its own. */
interface Launchable {
  launch(): Promise<void>
  stop(): Promise<void>
}

/** A server on a free port; another port when somebody took that one meanwhile. Resolves when it answers. */
export async function launched<Server extends Launchable>(make: (port: number) => Server): Promise<Server> {
  for (let tries = 1; ; tries++) {
    const server = make(await freePort())
    try {
      await server.launch()
      return server
    } catch (error) {
      await server.stop()
      if (tries === 5 || !String(error).includes('in use')) throw error
    }
  }
}

/** A server that a test runs, started as often as it likes; it ends with the test's process, whatever ends that. */
export class ServerProcess {
  readonly #binary: string
  readonly #hint: string
  #process: ChildProcess | undefined
  #ended: Promise<unknown> = Promise.resolve()
  #log = ''
  readonly #listeners = new Set<() => void>()

  /** `hint` says how to come by the binary. */
  constructor(binary: string, hint: string) {
    this.#binary = binary
    this.#hint = hint
  }

  get pid(): number {
    return this.#process!.pid!
  }

  /** All that the server has said since it was last started. */
  get log(): string {
    return this.#log
  }

  /** Starts the process and no more: it may still be loading. */
  async spawn(args: readonly string[]): Promise<void> {
    const [command, ...rest] = [...tether, this.#binary, ...args]
    const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#log = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text
        this.#heard()
      })
    this.#process = child
    alive.add(child)
    this.#ended = new Promise<void>((resolve) => {
      child.once('close', () => {
        alive.delete(child)
        resolve()
        this.#heard()
      })
    })
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => this.#refuse(error))])
  }

  /** Resolves when its log has that; rejects with the end of the log when the server ends without. */
  async says(text: string): Promise<void> {
    while (!this.#log.includes(text)) {
      const { exitCode, signalCode } = this.#process!
      if (exitCode !== null || signalCode !== null) {
        await this.#ended
        if (this.#log.includes(text)) return
        const end = this.#log.trim().split('\n').slice(-6).join('\n')
        throw new Error(`${this.#binary} ended: ${end}\n${this.#hint}`)
      }
      await new Promise<void>((resolve) => this.#listeners.add(resolve))
    }
  }

  /** Resolves when the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#process?.kill(signal)
    await this.#ended
  }

  /** The process stands still: its connections stay, nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  #heard(): void {
    for (const each of this.#listeners) each()
    this.#listeners.clear()
  }

  #refuse(error: unknown): never {
    throw new Error(
      `cannot start ${this.#binary}: ${error instanceof Error ? error.message : error}\n${this.#hint}`,
    )
  }
}
