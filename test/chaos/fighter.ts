import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Project, Running } from '../cli/project.ts'
import { childrenOf } from '../e2e/process-tree.ts'
import type { Random } from '../seeded.ts'
import { startProxy, type TcpProxy } from '../tcp-proxy.ts'
import type { ChaosStore } from './chaos-store.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** How long an idle worker waits at most. */
export const sleepSeconds = 1

/** What a fighter runs: its command and its environment, by the port of the store. */
type Program = (port: number | undefined) => {
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** A process with a way of its own to the store, which is started again whenever it was killed. */
export class Fighter {
  readonly name: string
  readonly way: TcpProxy | undefined
  /** Its process is being killed or is frozen: nobody else does something to it. */
  isBusy = false
  /** What it said when it ended though nobody had told it to. */
  readonly deserted: string[] = []
  readonly #project: Project
  readonly #program: Program
  #running: Running | undefined
  #isExpected = false

  private constructor(name: string, project: Project, way: TcpProxy | undefined, program: Program) {
    this.name = name
    this.#project = project
    this.way = way
    this.#program = program
  }

  static async start(name: string, project: Project, store: ChaosStore, program: Program): Promise<Fighter> {
    const way = store.port === undefined ? undefined : await startProxy(store.port)
    const fighter = new Fighter(name, project, way, program)
    fighter.start()
    return fighter
  }

  get pid(): number {
    return this.#running!.process.pid!
  }

  /** The workers that it keeps going, if it is a parent. */
  get children(): readonly number[] {
    return childrenOf(this.pid)
  }

  start(): void {
    const { args, env } = this.#program(this.way?.port)
    this.#isExpected = false
    const running = this.#project.run({ env: { ...env, CHAOS_NAME: this.name } }, ...args)
    this.#running = running
    void running.ended.then(({ code, signal, stdout, stderr }) => {
      if (this.#isExpected || this.#running !== running) return
      this.deserted.push(
        `${this.name} ended with ${code ?? signal}: ${stdout.slice(-1_500)}${stderr.slice(-1_500)}`,
      )
    })
  }

  /** Kills it and starts it again so much later. */
  async killed(pauseMs: number): Promise<void> {
    await this.end()
    await sleep(pauseMs)
    this.start()
  }

  /** Kills it. */
  async end(): Promise<void> {
    this.#isExpected = true
    this.#running!.signal('SIGKILL')
    await this.#running!.ended
  }

  /** Lets it finish; answers its exit code. */
  async dismiss(): Promise<number | null> {
    this.#isExpected = true
    this.#running!.signal('SIGTERM')
    const { code } = await this.#running!.ended
    return code
  }

  async close(): Promise<void> {
    this.#isExpected = true
    await this.way?.close()
  }
}

/** `queue work --daemon` with these flags; now and then its clock steps. */
export function worker(
  project: Project,
  store: ChaosStore,
  ledger: string,
  random: Random,
  flags: readonly string[],
): Program {
  return (port) => {
    const name = `chaos-${port ?? 'file'}.config.mjs`
    const config = { ...store.configOf(port), jobs: here('./jobs') }
    project.write({ [name]: `export default ${JSON.stringify(config)}` })
    const work = [
      'work',
      '--daemon',
      '--queue=chaos',
      `--sleep=${sleepSeconds}`,
      `--config=${name}`,
      ...flags,
    ]
    const clock = Array.from(
      { length: random(3) },
      (_, at) => `${at * 5_000 + random(5_000)}:${(random(3) - 1) * 3_600_000}`,
    )
    return {
      args: ['--import', here('./clock.mjs'), project.bin, ...work],
      env: { CHAOS_LEDGER: ledger, CHAOS_CLOCK: clock.join() },
    }
  }
}

export function producer(project: Project, store: ChaosStore, ledger: string, everyMs: number): Program {
  let incarnation = 0
  return (port) => ({
    args: [join(project.root, 'producer.mjs')],
    env: {
      CHAOS_LEDGER: ledger,
      CHAOS_CONFIG: JSON.stringify(store.configOf(port)),
      CHAOS_NOTES: here('./ledger-line.mjs'),
      CHAOS_EVERY_MS: String(everyMs),
      CHAOS_LIFE: String(++incarnation),
    },
  })
}
