import { expect, test } from 'vitest'
import { MemoryConnector } from '../src/connectors/memory/index.ts'
import { MemoryStore } from '../src/connectors/memory/store.ts'
import type { PullConnector, Reservation, Settlement } from '../src/contract/connector.ts'
import { openStore, tempFile } from './connectors/database-store.ts'
import { seeded } from './seeded.ts'

/** How many programs, and how many steps each has. MODEL_SEED=n runs the one of that seed alone. */
const programs = 40
const steps = 60
const expireMs = 10_000
const queues = ['a', 'b', 'A']

/** One delivery as both stores made it: of the same job, but with receipts of their own. */
interface Pair {
  readonly memory: Reservation
  readonly database: Reservation
}

interface Stores {
  readonly memory: PullConnector
  readonly database: PullConnector
}

type Verdict = Pick<Settlement, 'kind'> & { readonly delayMs?: number; readonly spend?: boolean }

/** Does the same in both stores, on either of two connections to each, and demands the same answer. */
class Twins {
  readonly #stores: readonly Stores[]
  readonly #random: (below: number) => number
  /** Deliveries so far, settled and lost ones too: what is done with those must be refused alike. */
  readonly #pairs: Pair[] = []
  #pushed = 0
  #now = 1_800_000_000_000

  constructor(stores: readonly Stores[], random: (below: number) => number) {
    this.#stores = stores
    this.#random = random
  }

  /** Whole seconds pass, as the coarser of the two stores counts. */
  async step(): Promise<void> {
    this.#now += 1_000 * (1 + this.#random(4))
    const deeds = [this.push, this.push, this.reserve, this.reserve, this.settle, this.settle, this.exchange]
    const rare = [this.touch, this.retry, this.forget, this.flush, this.clear]
    await this.#one([...deeds, ...deeds, ...rare]).call(this)
    await this.compare()
  }

  async push(): Promise<void> {
    const batch = Array.from({ length: 1 + this.#random(4) }, () => ({
      ...{ id: `id-${++this.#pushed}`, queue: this.#one(queues), job: 'J', body: `"${this.#pushed}"` },
      delayMs: this.#one([0, 0, 1_000, 5_000, 30_000]),
    }))
    await this.#both(async (store) => (await store.push(batch, this.#now)).length)
  }

  async reserve(): Promise<void> {
    const request = this.#request()
    const [memory, database] = await this.#each((store) => store.reserve(request))
    await this.#keep(memory, database)
  }

  async settle(): Promise<void> {
    const [memory, database] = this.#settlements()
    const refused = await this.#each((store, kind) =>
      store.settle(kind === 'memory' ? memory : database, this.#now),
    )
    expect(places(refused[1], database)).toEqual(places(refused[0], memory))
  }

  async exchange(): Promise<void> {
    const [memory, database] = this.#settlements()
    const request = this.#request()
    const [one, other] = await this.#each((store, kind) =>
      store.exchange!(kind === 'memory' ? memory : database, request),
    )
    expect(places(other.refused, database)).toEqual(places(one.refused, memory))
    await this.#keep(one.reserved, other.reserved)
  }

  async touch(): Promise<void> {
    const pairs = this.#some()
    await this.#both(async (store, kind) => {
      const mine = pairs.map((pair) => pair[kind])
      return places(await store.touch(mine, expireMs, this.#now), mine)
    })
  }

  async retry(): Promise<void> {
    const chosen = (await this.#failedBodies()).filter(() => this.#random(2) === 0)
    await this.#both(
      async (store) => (await store.failed.retry(await idsOf(store, chosen), this.#now)).length,
    )
  }

  async forget(): Promise<void> {
    const chosen = (await this.#failedBodies()).filter(() => this.#random(4) === 0)
    await this.#both(async (store) => store.failed.forget(await idsOf(store, chosen)))
  }

  async flush(): Promise<void> {
    const before = this.#now - 1_000 * this.#random(60)
    await this.#both((store) => store.failed.flush(before))
  }

  async clear(): Promise<void> {
    const queue = this.#one(queues)
    await this.#both((store) => store.clear(queue))
  }

  /** The sizes of all queues, and the failed jobs. */
  async compare(): Promise<void> {
    for (const queue of queues)
      await this.#both(async (store) => ({ ...(await store.size(queue, this.#now)), oldestMs: null }))
    await this.#both(async (store) =>
      (await store.failed.all()).map(({ queue, body, failedAt }) => ({ queue, body, failedAt })),
    )
  }

  /** Everything there is, once all delays and leases are over: no job twice, each with the same attempts. */
  async drain(): Promise<void> {
    this.#now += 3_600_000
    await this.#both(async (store) => {
      const all = await store.reserve({ queues, limit: 10_000, expireMs, now: this.#now })
      const found = all.map(({ queue, body, attempts }) => `${body} in ${queue}, attempt ${attempts}`).sort()
      expect(new Set(all.map(({ body }) => body)).size).toBe(all.length)
      return found
    })
  }

  /** Which of several due jobs comes first is each store's own affair: what only one of them gave goes back unspent, a second later. */
  async #keep(memory: readonly Reservation[], database: readonly Reservation[]): Promise<void> {
    const byQueue = (taken: readonly Reservation[]) => taken.map(({ queue }) => queue)
    expect(byQueue(database)).toEqual(byQueue(memory))
    const others = new Map(database.map((each) => [each.body, each]))
    for (const each of memory) {
      const other = others.get(each.body)
      if (other === undefined) continue
      expect(other.attempts).toBe(each.attempts)
      this.#pairs.push({ memory: each, database: other })
    }
    this.#now += 1_000
    const kept = new Set(this.#pairs.flatMap((pair) => [pair.memory, pair.database]))
    await this.#both((store, kind) => {
      const alone = (kind === 'memory' ? memory : database).filter((each) => !kept.has(each))
      return store.settle(
        alone.map((each) => settlementOf({ kind: 'release', spend: false }, each)),
        this.#now,
      )
    })
  }

  /** The same verdicts for both, now and then two on one delivery. */
  #settlements(): readonly [Settlement[], Settlement[]] {
    const pairs = this.#some()
    const verdicts = pairs.map<Verdict>(() => ({
      kind: this.#one(['delete', 'release', 'release', 'bury'] as const),
      delayMs: this.#one([0, 0, 2_000, 20_000]),
      spend: this.#random(2) === 0,
    }))
    const made = (kind: keyof Pair) => pairs.map((pair, at) => settlementOf(verdicts[at]!, pair[kind]))
    return [made('memory'), made('database')]
  }

  #request() {
    const first = this.#random(queues.length)
    const chosen = [...queues.slice(first), ...queues.slice(0, first)].slice(0, 1 + this.#random(3))
    return { queues: chosen, limit: this.#one([1, 2, 5, 1_000]), expireMs, now: this.#now }
  }

  /** Mostly of the latest deliveries. */
  #some(): readonly Pair[] {
    return Array.from({ length: Math.min(this.#pairs.length, this.#random(5)) }, () => {
      const back = this.#random(4) === 0 ? this.#pairs.length : Math.min(8, this.#pairs.length)
      return this.#pairs[this.#pairs.length - 1 - this.#random(back)]!
    })
  }

  async #failedBodies(): Promise<readonly string[]> {
    return (await this.#stores[0]!.memory.failed.all()).map(({ body }) => body)
  }

  async #both<T>(deed: (store: PullConnector, kind: keyof Pair) => Promise<T>): Promise<void> {
    const [memory, database] = await this.#each(deed)
    expect(database).toEqual(memory)
  }

  async #each<T>(deed: (store: PullConnector, kind: keyof Pair) => Promise<T>): Promise<readonly [T, T]> {
    const { memory, database } = this.#one(this.#stores)
    return [await deed(memory, 'memory'), await deed(database, 'database')]
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#random(list.length)] as T
  }
}

function settlementOf({ kind, delayMs = 0, spend = true }: Verdict, reservation: Reservation): Settlement {
  if (kind === 'release') return { kind, reservation, delayMs, spend }
  return kind === 'bury' ? { kind, reservation, reason: 'no' } : { kind, reservation }
}

/** Where in what was asked the refused stand, by identity. */
function places<T>(refused: readonly T[], asked: readonly T[]): readonly number[] {
  return asked.flatMap((each, at) => (refused.includes(each) ? [at] : []))
}

async function idsOf(store: PullConnector, bodies: readonly string[]): Promise<string[]> {
  return (await store.failed.all()).filter(({ body }) => bodies.includes(body)).map(({ id }) => id)
}

const chosen = process.env.MODEL_SEED
const seeds = chosen === undefined ? Array.from({ length: programs }, (_, at) => at + 1) : [Number(chosen)]

test.each(seeds)('memory and SQLite answer a random program alike: MODEL_SEED=%i', async (seed) => {
  const file = tempFile()
  const store = new MemoryStore()
  const stores = []
  for (let each = 0; each < 2; each++)
    stores.push({
      memory: new MemoryConnector({ store, connection: 'main' }),
      database: await openStore(file),
    })
  const twins = new Twins(stores, seeded(seed))
  for (let step = 0; step < steps; step++) await twins.step()
  await twins.drain()
})
