import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Ended, Project, Running } from '../cli/project.ts'
import { childrenOf } from '../e2e/process-tree.ts'
import type { Random } from '../seeded.ts'
import { startProxy, type TcpProxy } from '../tcp-proxy.ts'
import type { ChaosStore } from './chaos-store.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** What a fighter runs: its command and its environment, by the port of the store. */
export type Program = (port: number | undefined) => {
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** As a supervisor would. */
const restartMs = 500

/** Where it fights. */
interface Ground {
  readonly project: Project
  readonly store: ChaosStore
  /** The file into which its process writes what it does. */
  readonly ledger: string
}

interface Role {
  readonly program: Program
  /** Tells how its wall clock steps in each of its lives; without: it does not. */
  readonly clock?: Random
}

/** A process with a way of its own to the store, which is started again whenever it was killed. */
export class Fighter {
  readonly name: string
  readonly way: TcpProxy | undefined
  /** Its process is being killed or is frozen: nobody else does something to it. */
  isBusy = false
  /** What it said when it ended though nobody had told it to. */
  readonly deserted: string[] = []
  readonly #ground: Ground
  readonly #role: Role
  #running: Running | undefined
  #isExpected = false
  #lives = 0

  private constructor(name: string, ground: Ground, role: Role, way: TcpProxy | undefined) {
    this.name = name
    this.#ground = ground
    this.#role = role
    this.way = way
  }

  static async start(name: string, ground: Ground, role: Role): Promise<Fighter> {
    const { port } = ground.store
    const way = port === undefined ? undefined : await startProxy(port)
    const fighter = new Fighter(name, ground, role, way)
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
    const { program, clock } = this.#role
    const { args, env } = program(this.way?.port)
    const itself = {
      CHAOS_NAME: this.name,
      CHAOS_LIFE: String(++this.#lives),
      CHAOS_LEDGER: this.#ground.ledger,
    }
    const steps = clock === undefined ? {} : { CHAOS_CLOCK: stepsOf(clock) }
    const preload = clock === undefined ? [] : ['--import', here('./clock.mjs')]
    this.#isExpected = false
    const running = this.#ground.project.run({ env: { ...env, ...itself, ...steps } }, ...preload, ...args)
    this.#running = running
    void running.ended.then((ended) => this.#ended(running, ended))
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

  async #ended(running: Running, { code, signal, stdout, stderr }: Ended): Promise<void> {
    const isGone = () => this.#running === running && !this.#isExpected
    if (!isGone()) return
    this.deserted.push(
      `${this.name} ended with ${code ?? signal}: ${stdout.slice(-1_500)}${stderr.slice(-1_500)}`,
    )
    await sleep(restartMs)
    if (isGone()) this.start()
  }
}

/** At which ms of a life the clock is wrong by how many ms. */
function stepsOf(random: Random): string {
  return Array.from(
    { length: random(3) },
    (_, at) => `${at * 5_000 + random(5_000)}:${(random(3) - 1) * 3_600_000}`,
  ).join()
}
