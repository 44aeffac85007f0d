import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Project } from '../cli/project.ts'
import { seeded } from '../seeded.ts'
import type { StoreName } from '../store-names.ts'
import { type ChaosStore, expire, startStore } from './chaos-store.ts'
import { type Challenge, type Contender, concurrency, thinkq } from './contender.ts'
import { counted } from './counted.ts'
import { Fighter } from './fighter.ts'
import { readHistory } from './history.ts'
import { type Judgement, judge } from './judge.ts'
import { Nemesis } from './nemesis.ts'
import { type Recoveries, recoveries } from './recovery.ts'
import type { Strike } from './strike.ts'

/** What one store went through in one fight, and what came of it. */
export interface Fight {
  /** The queue system and, where it is another than ours, its version. */
  readonly system: string
  readonly store: StoreName
  readonly version: string
  readonly node: string
  /** The day on which it ended, UTC. */
  readonly date: string
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

/** Of the workers that have a parent. */
const processes = 2
/** What a worker may hold ahead of its slots on the stores where it does so. */
const ahead = 4 * concurrency
/** After this the last lease has ended, the longest job has run, and all retries are over. */
const settleWithinMs = 90_000

export async function enter(
  name: StoreName,
  options: FightOptions,
  challenge: Challenge = thinkq,
): Promise<Arena> {
  const project = new Project()
  const folder = join(project.root, 'store')
  mkdirSync(folder)
  const store = await startStore(name, folder)
  return new Arena(project, store, await challenge(project, store), options)
}

/** One store with two workers, a parent of workers and two producers, and all that is done to them. */
export class Arena {
  readonly #project: Project
  readonly #store: ChaosStore
  readonly #contender: Contender
  readonly #options: FightOptions
  readonly #ledger: string
  readonly #fighters: Fighter[] = []

  constructor(project: Project, store: ChaosStore, contender: Contender, options: FightOptions) {
    this.#project = project
    this.#store = store
    this.#contender = contender
    this.#options = options
    this.#ledger = join(project.root, 'ledger')
    appendFileSync(this.#ledger, '')
  }

  async fight(): Promise<Fight> {
    const { seed, seconds, pauseMs } = this.#options
    const random = seeded(seed)
    const work = (some: number) => ({
      program: this.#contender.worker(some),
      clock: seeded(random(2 ** 31)),
    })
    const push = () => ({ program: this.#contender.producer() })
    const workers = [await this.#join('anna', work(1)), await this.#join('bert', work(1))]
    const parents = [await this.#join('carl', work(processes))]
    const producers = [await this.#join('dora', push()), await this.#join('emil', push())]
    const nemesis = new Nemesis({ store: this.#store, workers, parents, producers }, random, pauseMs)
    await nemesis.rage(seconds * 1_000)
    await Promise.all(producers.map((each) => each.end()))
    const left = await this.#settled()
    const codes = await Promise.all([...workers, ...parents].map((each) => each.dismiss()))
    const failed = await this.#contender.failed()
    const ends = codes
      .filter((code) => code !== 0)
      .map((code) => `ended with ${code} when it was told to stop`)
    const deserted = [...this.#fighters.flatMap((each) => each.deserted), ...ends]
    const history = readHistory(this.#ledger)
    const slots = (who: string) => (who === 'carl' ? processes : 1) * (concurrency + ahead)
    const { strikes } = nemesis
    this.#keep(strikes)
    return {
      system: this.#contender.name,
      store: this.#store.name,
      version: this.#store.version,
      node: process.versions.node,
      date: new Date().toISOString().slice(0, 10),
      seed,
      seconds,
      faults: { ...counted(strikes.map(({ what }) => what)), 'wall clock stepped': history.clockSteps },
      judgement: judge(history, strikes, { failed, stuck: left, deserted }, slots),
      recoveries: recoveries(history, strikes),
    }
  }

  async close(): Promise<void> {
    await this.#contender.close()
    await Promise.all(this.#fighters.map((each) => each.close()))
    await this.#store.stop()
    await this.#project.remove()
  }

  #keep(strikes: readonly Strike[]): void {
    const { evidence, seed } = this.#options
    if (evidence === undefined) return
    const who = `${this.#contender.name}-${this.#store.name}`.replaceAll(/[^\w.]+/g, '-')
    const file = join(evidence, `seed-${seed}-${who}`)
    copyFileSync(this.#ledger, `${file}.ledger`)
    writeFileSync(`${file}.faults`, strikes.map((strike) => `${JSON.stringify(strike)}\n`).join(''))
  }

  async #join(name: string, role: Parameters<typeof Fighter.start>[2]): Promise<Fighter> {
    const ground = { project: this.#project, store: this.#store, ledger: this.#ledger }
    const fighter = await Fighter.start(name, ground, role)
    this.#fighters.push(fighter)
    return fighter
  }

  /** Waits until nothing is left; answers how much is left all the same. */
  async #settled(): Promise<number> {
    for (const end = performance.now() + settleWithinMs; ; await sleep(expire * 50)) {
      const left = await this.#contender.left()
      if (left === 0 || performance.now() > end) return left
    }
  }
}
