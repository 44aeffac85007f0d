import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isPullConnector, type QueueSize } from '../../src/contract/connector.ts'
import { createQueue } from '../../src/facade.ts'
import type { QueueClient } from '../../src/queue.ts'
import { Project, records } from '../cli/project.ts'
import { seeded } from '../seeded.ts'
import type { StoreName } from '../store-names.ts'
import { Account } from './account.ts'
import { Disturber } from './disturber.ts'
import { roughLoad, steadyLoad } from './load.ts'
import { ProbedWorker, type Sample } from './probed-worker.ts'
import { type Kind, Producer } from './producer.ts'
import { type SoakStore, startStore } from './soak-store.ts'

/** What was seen at the end of a round, when nothing was under way. */
export interface Moment {
  readonly minutes: number
  readonly jobs: number
  readonly reconnects: number
  readonly worker: Sample
  /** Of the parent that replaces its workers. */
  readonly parent: Sample
}

/** What became of the jobs and the processes. */
export interface Outcome {
  readonly name: StoreName
  readonly moments: readonly Moment[]
  readonly disturbances: Readonly<Record<string, number>>
  readonly steady: Account
  readonly rough: Account
  /** Jobs still in a queue. */
  readonly left: number
  /** Exit codes of the steady worker and of the parent, told to stop. */
  readonly codes: readonly (number | null)[]
  /** What those said at last that did not end with 0. */
  readonly lastWords: string
  /** Workers that ended by their memory limit. */
  readonly fullWorkers: number
}

const jobsFolder = fileURLToPath(new URL('./jobs', import.meta.url))
const pushEveryMs = 100
/** More are not pushed while so many wait. */
const mostOpen = 4_000
/** Workers that hang, crash and wait before they start again need some time for what is left. */
const settleWithinMs = 180_000

/** One store with a worker that must stay up and workers that are replaced, for as long as it is asked to. */
export class StoreSoak {
  readonly #name: StoreName
  readonly #project: Project
  readonly #store: SoakStore
  readonly #queue: QueueClient
  readonly #worker: ProbedWorker
  readonly #parent: ProbedWorker
  readonly #disturber: Disturber
  readonly #steady: Account
  readonly #rough: Account
  readonly #moments: Moment[] = []

  private constructor(project: Project, store: SoakStore, seed: number) {
    this.#name = store.name
    this.#project = project
    this.#store = store
    this.#queue = createQueue(store.direct)
    this.#disturber = new Disturber(store, seeded(seed))
    this.#steady = new Account(join(project.root, 'ledger-steady'))
    this.#rough = new Account(join(project.root, 'ledger-rough'))
    const config = (name: string) => ['--config', join(project.root, name)]
    const steady = ['--queue', 'steady', '--concurrency', '20']
    this.#worker = new ProbedWorker(project, 'steady', ...steady, ...config('steady.config.mjs'))
    const rough = [
      '--queue',
      'rough',
      '--concurrency',
      '4',
      '--processes',
      '2',
      '--memory',
      '48',
      '--grace',
      '2',
    ]
    this.#parent = new ProbedWorker(project, 'rough', ...rough, ...config('rough.config.mjs'))
  }

  static async start(name: StoreName, seed: number): Promise<StoreSoak> {
    const project = new Project()
    const folder = join(project.root, 'store')
    mkdirSync(folder)
    const store = await startStore(name, { folder, isDurable: true })
    const config = (connection: object) =>
      `export default ${JSON.stringify({ ...connection, jobs: jobsFolder })}`
    project.write({ 'steady.config.mjs': config(store.cuttable), 'rough.config.mjs': config(store.direct) })
    const soak = new StoreSoak(project, store, seed)
    await soak.#queue.open()
    return soak
  }

  /** Jobs and disturbances for so long, then a pause in which everything is counted. */
  async round(ms: number, sinceMs: number): Promise<Moment> {
    const end = performance.now() + ms
    await Promise.all([
      this.#disturber.disturbFor(ms),
      this.#pushUntil(end, 'steady', this.#steady, steadyLoad),
      this.#pushUntil(end, 'rough', this.#rough, roughLoad),
    ])
    await this.#steady.settled(settleWithinMs)
    await this.#whole()
    const [worker, parent] = [await this.#worker.sample(), await this.#parent.sample()]
    const { ended } = this.#steady
    const reconnects = this.#store.proxy?.accepted ?? 0
    const moment = {
      minutes: (performance.now() - sinceMs) / 60_000,
      jobs: ended,
      reconnects,
      worker,
      parent,
    }
    this.#moments.push(moment)
    await this.#countFailed()
    return moment
  }

  /** Lets the rough jobs come to their end, stops the workers and answers what became of everything. */
  async finish(): Promise<Outcome> {
    await this.#emptied('rough')
    await this.#countFailed()
    this.#rough.look()
    const sizes = await Promise.all(['steady', 'rough'].map((name) => this.#queue.size(name)))
    const workers = [this.#worker, this.#parent]
    for (const { running } of workers) running.signal('SIGTERM')
    const ends = await Promise.all(workers.map(({ running }) => running.ended))
    const full = records(ends[1]!.stdout).filter(({ reason }) => reason === 'memory')
    return {
      name: this.#name,
      moments: this.#moments,
      disturbances: this.#disturber.done,
      steady: this.#steady,
      rough: this.#rough,
      left: sizes.reduce((sum, size) => sum + inQueue(size), 0),
      codes: ends.map(({ code }) => code),
      lastWords: ends
        .filter(({ code }) => code !== 0)
        .map(({ stdout, stderr }) => `${stdout.slice(-2_000)}${stderr.slice(-2_000)}`)
        .join('\n'),
      fullWorkers: full.length,
    }
  }

  async stop(): Promise<void> {
    await this.#queue.close()
    await this.#project.remove()
    await this.#store.stop()
  }

  async #pushUntil(end: number, name: string, account: Account, load: (turn: number) => readonly Kind[]) {
    const producer = new Producer(this.#queue, name, account)
    for (let turn = 0; performance.now() < end; turn++) {
      account.look()
      const kinds = load(turn)
      if (kinds.length > 0 && account.open < mostOpen) await producer.push(kinds)
      await sleep(pushEveryMs)
    }
  }

  /** Until the worker has all of its connections again: each job that it runs is a chance. */
  async #whole(): Promise<void> {
    const producer = new Producer(this.#queue, 'steady', this.#steady)
    while ((this.#store.proxy?.connections ?? 0) < this.#store.links) {
      await producer.push([{ job: 'Plain' }])
      await this.#steady.settled(settleWithinMs)
    }
  }

  /** Those that were buried, who may not have been able to say so; they are removed. */
  async #countFailed(): Promise<void> {
    const { connector } = await this.#queue.open()
    if (!isPullConnector(connector)) throw new Error(`${connector.name} is no queue`)
    const failed = await connector.failed.all()
    for (const { queue, body } of failed) {
      const { data } = JSON.parse(body) as { data: { n: number } }
      if (queue === 'rough') this.#rough.count(data.n)
      else this.#steady.count(data.n)
    }
    await connector.failed.forget(failed.map(({ id }) => id))
  }

  async #emptied(name: string): Promise<void> {
    const end = performance.now() + settleWithinMs
    while (performance.now() < end && inQueue(await this.#queue.size(name)) > 0) await sleep(500)
  }
}

function inQueue({ ready, delayed, reserved }: QueueSize): number {
  return ready + delayed + reserved
}
