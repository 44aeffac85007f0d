import { setTimeout as sleep } from 'node:timers/promises'
import { oneOf, type Random, seeded } from '../seeded.ts'
import type { TcpProxy } from '../tcp-proxy.ts'
import type { ChaosStore, StoreFault } from './chaos-store.ts'
import type { Fighter } from './fighter.ts'
import { childKilled, forAWhile, momentMs, nowMs, type Strike, spell } from './strike.ts'

/** Whom it may hit. */
export interface Field {
  readonly store: ChaosStore
  /** Each runs jobs by itself. */
  readonly workers: readonly Fighter[]
  /** Each keeps several workers going. */
  readonly parents: readonly Fighter[]
  readonly producers: readonly Fighter[]
}

interface Fault {
  readonly weight: number
  /** Undefined: there was nobody to be hit. */
  readonly strike: (random: Random) => Promise<Strike> | undefined
}

/** How long a connection that fell silent may go unnoticed: its deadline and what FAULTS 1 allows beyond. */
const noticedMs = 20_000
const anything = () => true

/** Does all that FAULTS.md knows to a store, its ways and its workers, in an order and at moments that a seed tells. */
export class Nemesis {
  readonly strikes: Strike[] = []
  readonly #field: Field
  readonly #random: Random
  readonly #meanPauseMs: number
  readonly #faults: readonly Fault[]
  readonly #underWay = new Set<Promise<void>>()
  #storeIsHit = false

  constructor(field: Field, random: Random, meanPauseMs: number) {
    this.#field = field
    this.#random = random
    this.#meanPauseMs = meanPauseMs
    this.#faults = [...this.#processFaults(), ...this.#wayFaults(), ...this.#storeFaults()]
  }

  /** For so long, and until all that was taken away is there again. */
  async rage(ms: number): Promise<void> {
    const end = nowMs() + ms
    while (nowMs() < end) {
      await sleep((this.#meanPauseMs * (1 + this.#random(100))) / 50)
      this.#strike()
    }
    await Promise.all(this.#underWay)
  }

  #strike(): void {
    const random = seeded(this.#random(2 ** 31))
    const striking = weighted(this.#faults, random).strike(random)
    if (striking === undefined) return
    const noted = striking
      .then((strike) => void this.strikes.push(strike))
      .finally(() => this.#underWay.delete(noted))
    this.#underWay.add(noted)
  }

  #processFaults(): readonly Fault[] {
    const { workers, parents, producers } = this.#field
    return [
      {
        weight: 8,
        strike: (random) => this.#alone(workers, random, (one) => killed('worker killed', one, random)),
      },
      {
        weight: 2,
        strike: (random) => this.#alone(withChildren(parents), random, (one) => killedChild(one, random)),
      },
      {
        weight: 1,
        strike: (random) => this.#alone(parents, random, (one) => killed('parent killed', one, random)),
      },
      {
        weight: 1,
        strike: (random) => this.#alone(producers, random, (one) => killed('producer killed', one, random)),
      },
      {
        weight: 3,
        strike: (random) => this.#alone([...workers, ...parents], random, (one) => this.#frozen(one, random)),
      },
    ]
  }

  #wayFaults(): readonly Fault[] {
    const by = (
      weight: number,
      hit: (way: TcpProxy, name: string, random: Random) => Promise<Strike>,
    ): Fault => ({
      weight,
      strike: (random) => {
        const { name, way } = oneOf(this.#everybody, random)
        return way && hit(way, name, random)
      },
    })
    return [
      by(10, (way, name) => momentary('connections reset', name, async () => way.cut())),
      by(5, (way, name) =>
        momentary('reply lost', name, () => way.dropReplies(anything).then(() => way.cut())),
      ),
      by(5, (way, name) => momentary('request lost', name, () => way.loseRequest(anything))),
      by(4, (way, name, random) =>
        momentary('reply cut short', name, () => way.truncate(anything, 1 + random(40))),
      ),
      by(2, async (way, name, random) => {
        const hole = await spell('black hole', name, () =>
          forAWhile(
            1_000 + random(11_000),
            () => way.blackHole(true),
            () => way.blackHole(false),
          ),
        )
        return { ...hole, until: hole.until + noticedMs }
      }),
      by(2, (way, name, random) =>
        spell('slow network', name, () =>
          forAWhile(
            1_000 + random(4_000),
            () => way.delay(50 + random(700)),
            () => way.delay(0),
          ),
        ),
      ),
    ]
  }

  #storeFaults(): readonly Fault[] {
    return this.#field.store.faults.map((fault) => ({
      weight: fault.weight,
      strike: (random: Random) => (this.#storeIsHit ? undefined : this.#hitStore(fault, random)),
    }))
  }

  async #hitStore({ what, act }: StoreFault, random: Random): Promise<Strike> {
    this.#storeIsHit = true
    try {
      const strike = await spell(what, '*', () => act(random))
      return { ...strike, until: strike.until + momentMs }
    } finally {
      this.#storeIsHit = false
    }
  }

  /** Longer than a lease now and then. Who is frozen while it writes to a file holds up everybody. */
  async #frozen(fighter: Fighter, random: Random): Promise<Strike> {
    const pid = oneOf([fighter.pid, ...fighter.children], random)
    const ms = 500 + random(11_500)
    let isHeldUp = false
    // Only in the end, as a signal may find a process in the call that gets it the lock.
    const thaw = async () => {
      try {
        isHeldUp = await this.#field.store.isHeldUp()
      } finally {
        resumed(pid)
      }
    }
    const freeze = () => process.kill(pid, 'SIGSTOP')
    const strike = await spell('worker frozen', String(pid), () => forAWhile(ms, freeze, thaw))
    return isHeldUp ? { ...strike, what: 'worker frozen as it wrote', hits: '*' } : strike
  }

  get #everybody(): readonly Fighter[] {
    const { workers, parents, producers } = this.#field
    return [...workers, ...parents, ...producers]
  }

  /** Somebody to whose processes nothing else is done meanwhile. */
  #alone(
    some: readonly Fighter[],
    random: Random,
    hit: (one: Fighter) => Promise<Strike>,
  ): Promise<Strike> | undefined {
    const free = some.filter(({ isBusy }) => !isBusy)
    if (free.length === 0) return undefined
    const chosen = oneOf(free, random)
    chosen.isBusy = true
    return hit(chosen).finally(() => {
      chosen.isBusy = false
    })
  }
}

async function killed(what: string, fighter: Fighter, random: Random): Promise<Strike> {
  const [from, hits] = [nowMs(), String(fighter.pid)]
  await fighter.killed(random(1_500))
  return { what, hits, from, until: from }
}

/** The parent starts another. */
async function killedChild(fighter: Fighter, random: Random): Promise<Strike> {
  const pid = oneOf(fighter.children, random)
  const from = nowMs()
  process.kill(pid, 'SIGKILL')
  return { what: childKilled, hits: String(pid), from, until: from }
}

/** It may have been replaced meanwhile. */
function resumed(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // Gone.
  }
}

function withChildren(parents: readonly Fighter[]): readonly Fighter[] {
  return parents.filter(({ children }) => children.length > 0)
}

/** Something that happens in the moment in which it resolves. */
async function momentary(what: string, hits: string, act: () => Promise<unknown>): Promise<Strike> {
  await act()
  const from = nowMs()
  return { what, hits, from, until: from + momentMs, backAt: from }
}

function weighted(faults: readonly Fault[], random: Random): Fault {
  return oneOf(
    faults.flatMap((fault) => Array<Fault>(fault.weight).fill(fault)),
    random,
  )
}
