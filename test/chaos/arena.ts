import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isPullConnector } from '../../src/contract/connector.ts'
import { createQueue } from '../../src/facade.ts'
import type { QueueClient } from '../../src/queue.ts'
import { Project } from '../cli/project.ts'
import { seeded } from '../seeded.ts'
import type { StoreName } from '../store-names.ts'
import { type ChaosStore, expire, startStore } from './chaos-store.ts'
import { counted } from './counted.ts'
import { Fighter, producer, worker } from './fighter.ts'
import { readHistory } from './history.ts'
import { type Judgement, judge } from './judge.ts'
import { Nemesis } from './nemesis.ts'
import { type Recoveries, recoveries } from './recovery.ts'
import type { Strike } from './strike.ts'

/** What one store went through in one fight, and what came of it. */
export interface Fight {
  readonly store: StoreName
  readonly version: string
  readonly seed: number
  readonly seconds: number
  /** How often each fault struck. */
  readonly faults: Readonly<Record<string, number>>
  readonly judgement: Judgement
  readonly recoveries: Recoveries
}

export interface FightOptions {
  readonly seed: number
  readonly seconds: number
  /** Between two faults, on average. */
  readonly pauseMs: number
  /** Where the ledger and the faults are kept, for who wants to look into them; undefined: they are not. */
  readonly evidence?: string | undefined
}

const concurrency = 4
const processes = 2
/** What a worker may hold ahead of its slots on the stores where it does so. */
const ahead = 4 * concurrency
/** A push of each producer every so often. */
const pushEveryMs = 150
/** After this the last lease has ended, the longest job has run, and all retries are over. */
const settleWithinMs = 90_000

export async function enter(name: StoreName, options: FightOptions): Promise<Arena> {
  const project = new Project({
    'producer.mjs': readFileSync(new URL('producer.mjs', import.meta.url), 'utf8'),
  })
  const folder = join(project.root, 'store')
  mkdirSync(folder)
  const store = await startStore(name, folder)
  const queue = createQueue(store.configOf(store.port), { root: project.root })
  await queue.open()
  return new Arena(project, store, queue, options)
}

/** One store with two workers, a parent of workers and two producers, and all that is done to them. */
export class Arena {
  readonly #project: Project
  readonly #store: ChaosStore
  /** The straight way, which nothing is done to. */
  readonly #queue: QueueClient
  readonly #options: FightOptions
  readonly #ledger: string
  readonly #fighters: Fighter[] = []

  constructor(project: Project, store: ChaosStore, queue: QueueClient, options: FightOptions) {
    this.#project = project
    this.#store = store
    this.#queue = queue
    this.#options = options
    this.#ledger = join(project.root, 'ledger')
    appendFileSync(this.#ledger, '')
  }

  async fight(): Promise<Fight> {
    const { seed, seconds, pauseMs } = this.#options
    const random = seeded(seed)
    const work = (flags: readonly string[] = []) =>
      worker(this.#project, this.#store, this.#ledger, seeded(random(2 ** 31)), [
        '--concurrency',
        String(concurrency),
        ...flags,
      ])
    const push = () => producer(this.#project, this.#store, this.#ledger, pushEveryMs)
    const workers = [await this.#join('anna', work()), await this.#join('bert', work())]
    const parents = [await this.#join('carl', work(['--processes', String(processes)]))]
    const producers = [await this.#join('dora', push()), await this.#join('emil', push())]
    const nemesis = new Nemesis({ store: this.#store, workers, parents, producers }, random, pauseMs)
    await nemesis.rage(seconds * 1_000)
    await Promise.all(producers.map((each) => each.end()))
    const left = await this.#settled()
    const codes = await Promise.all([...workers, ...parents].map((each) => each.dismiss()))
    const failed = await this.#failed()
    const ends = codes
      .filter((code) => code !== 0)
      .map((code) => `ended with ${code} when it was told to stop`)
    const deserted = [...this.#fighters.flatMap((each) => each.deserted), ...ends]
    const history = readHistory(this.#ledger)
    const slots = (who: string) => (who === 'carl' ? processes : 1) * (concurrency + ahead)
    const { strikes } = nemesis
    this.#keep(strikes)
    return {
      store: this.#store.name,
      version: this.#store.version,
      seed,
      seconds,
      faults: counted(strikes.map(({ what }) => what)),
      judgement: judge(history, strikes, { failed, stuck: left, deserted }, slots),
      recoveries: recoveries(history, strikes),
    }
  }

  async close(): Promise<void> {
    await this.#queue.close()
    await Promise.all(this.#fighters.map((each) => each.close()))
    await this.#store.stop()
    await this.#project.remove()
  }

  #keep(strikes: readonly Strike[]): void {
    const { evidence, seed } = this.#options
    if (evidence === undefined) return
    const file = join(evidence, `seed-${seed}-${this.#store.name}`)
    copyFileSync(this.#ledger, `${file}.ledger`)
    writeFileSync(`${file}.faults`, strikes.map((strike) => `${JSON.stringify(strike)}\n`).join(''))
  }

  async #join(name: string, program: Parameters<typeof Fighter.start>[3]): Promise<Fighter> {
    const fighter = await Fighter.start(name, this.#project, this.#store, program)
    this.#fighters.push(fighter)
    return fighter
  }

  /** Waits until nothing is left; answers how much is left all the same. */
  async #settled(): Promise<number> {
    for (const end = performance.now() + settleWithinMs; ; await sleep(expire * 50)) {
      const { ready, delayed, reserved } = await this.#queue.size('chaos')
      const left = ready + delayed + reserved
      if (left === 0 || performance.now() > end) return left
    }
  }

  async #failed(): Promise<readonly string[]> {
    const { connector } = await this.#queue.open()
    if (!isPullConnector(connector)) throw new Error(`${connector.name} is no queue`)
    const failed = await connector.failed.all()
    return failed.map(({ body }) => (JSON.parse(body) as { data: { n: string } }).data.n)
  }
}
