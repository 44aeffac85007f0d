import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { PullConnector, Reservation, Settlement } from '../../src/contract/connector.ts'
import { bodyOf } from '../../src/testing/conformance/bodies.ts'
import { oneOf, type Random, seeded } from '../seeded.ts'

const expireMs = 10_000
const queues = ['a', 'b', 'A']

/** One delivery as both stores made it: of the same job, but with receipts of their own. */
interface Pair {
  readonly memory: Reservation
  readonly other: Reservation
}

/** A connection to each of the two. */
export interface Connections {
  readonly memory: PullConnector
  readonly other: PullConnector
}

type Kind = keyof Connections
type Verdict = Pick<Settlement, 'kind'> & { readonly delayMs?: number; readonly spend?: boolean }

/** Does the same in both stores, on either of two connections to each, and demands the same answer. */
export class Twins {
  /** What was done, in words. */
  readonly log: string[] = []
  readonly #connections: readonly Connections[]
  #random: Random = () => 0
  /** Deliveries so far, settled and lost ones too: what is done with those must be refused alike. */
  readonly #pairs: Pair[] = []
  #pushed = 0
  #now = 1_800_000_000_000

  constructor(connections: readonly Connections[]) {
    this.#connections = connections
  }

  /** Whole seconds pass, as the coarsest store counts. The seed is that of the step alone: others may be left out. */
  async step(seed: number): Promise<void> {
    this.#random = seeded(seed)
    this.#now += 1_000 * (1 + this.#random(4))
    const deeds = [this.#push, this.#push, this.#reserve, this.#reserve, this.#settle, this.#settle]
    const rare = [this.#touch, this.#retry, this.#forget, this.#flush, this.#clear]
    await this.#one([...deeds, ...deeds, this.#exchange, this.#exchange, ...rare]).call(this)
    await this.#compare()
  }

  /** Everything there is, once all delays and leases are over: no job twice, each with the same attempts. */
  async drain(): Promise<void> {
    this.log.push('look at all that is there in the end')
    this.#now += 3_600_000
    await this.#both(async (store) => {
      const all = await store.reserve({ queues, limit: 10_000, expireMs, now: this.#now })
      expect(new Set(all.map(nameOf)).size).toBe(all.length)
      return all.map((each) => `${nameOf(each)} in ${each.queue}, attempt ${each.attempts}`).sort()
    })
  }

  async #push(): Promise<void> {
    const jobs = Array.from({ length: 1 + this.#random(4) }, () => ({
      ...{ name: ++this.#pushed, queue: this.#one(queues) },
      delayMs: this.#one([0, 0, 1_000, 5_000, 30_000]),
    }))
    this.log.push(`push ${jobs.map(({ name, queue, delayMs }) => `${name} to ${queue} in ${delayMs} ms`)}`)
    await this.#both(async (store) => {
      const batch = jobs.map(({ name, queue, delayMs }) => {
        const id = String(name).padStart(32, 'x')
        return { id, queue, delayMs, job: 'J', body: bodyOf(store.wire, JSON.stringify(name), id) }
      })
      return (await store.push(batch, this.#now)).length
    })
  }

  async #reserve(): Promise<void> {
    const request = this.#request()
    this.log.push(`reserve ${request.limit} from ${request.queues}`)
    const [memory, other] = await this.#each((store) => store.reserve(request))
    await this.#keep(memory, other)
  }

  async #settle(): Promise<void> {
    const [memory, other] = this.#settlements()
    const refused = await this.#each((store, kind) =>
      store.settle(kind === 'memory' ? memory : other, this.#now),
    )
    expect(places(refused[1], other)).toEqual(places(refused[0], memory))
  }

  async #exchange(): Promise<void> {
    const [memory, other] = this.#settlements()
    const request = this.#request()
    this.log.push(`and reserve ${request.limit} from ${request.queues} in exchange`)
    const [one, two] = await this.#each((store, kind) =>
      store.exchange!(kind === 'memory' ? memory : other, request),
    )
    expect(places(two.refused, other)).toEqual(places(one.refused, memory))
    await this.#keep(one.reserved, two.reserved)
  }

  async #touch(): Promise<void> {
    const pairs = this.#some()
    this.log.push(`touch ${pairs.map(({ memory }) => nameOf(memory))}`)
    await this.#both(async (store, kind) => {
      const mine = pairs.map((pair) => pair[kind])
      return places(await store.touch(mine, expireMs, this.#now), mine)
    })
  }

  async #retry(): Promise<void> {
    const chosen = (await this.#failedNames()).filter(() => this.#random(2) === 0)
    this.log.push(`retry ${chosen}`)
    await this.#both(
      async (store) => (await store.failed.retry(await idsOf(store, chosen), this.#now)).length,
    )
  }

  async #forget(): Promise<void> {
    const chosen = (await this.#failedNames()).filter(() => this.#random(4) === 0)
    this.log.push(`forget ${chosen}`)
    await this.#both(async (store) => store.failed.forget(await idsOf(store, chosen)))
  }

  async #flush(): Promise<void> {
    const before = this.#now - 1_000 * this.#random(60)
    this.log.push(`flush what failed ${this.#now - before} ms ago or earlier`)
    await this.#both((store) => store.failed.flush(before))
  }

  async #clear(): Promise<void> {
    const queue = this.#one(queues)
    this.log.push(`clear ${queue}`)
    await this.#both((store) => store.clear(queue))
  }

  /** The sizes of all queues, and the failed jobs. */
  async #compare(): Promise<void> {
    for (const queue of queues)
      await this.#both(async (store) => ({ ...(await store.size(queue, this.#now)), oldestMs: null }))
    await this.#both(async (store) =>
      (await store.failed.all()).map((each) => `${nameOf(each)} of ${each.queue} at ${each.failedAt}`).sort(),
    )
  }

  /** Which of several due jobs comes first is each store's own affair: what only one of them gave goes back unspent, a second later. */
  async #keep(memory: readonly Reservation[], other: readonly Reservation[]): Promise<void> {
    const byQueue = (taken: readonly Reservation[]) => taken.map(({ queue }) => queue)
    expect(byQueue(other)).toEqual(byQueue(memory))
    const others = new Map(other.map((each) => [nameOf(each), each]))
    for (const each of memory) {
      const same = others.get(nameOf(each))
      if (same === undefined) continue
      expect(same.attempts).toBe(each.attempts)
      this.#pairs.push({ memory: each, other: same })
    }
    this.#now += 1_000
    const kept = new Set(this.#pairs.flatMap((pair) => [pair.memory, pair.other]))
    await this.#both((store, kind) => {
      const alone = (kind === 'memory' ? memory : other).filter((each) => !kept.has(each))
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
    const told = pairs.map(({ memory }, at) => inWords(verdicts[at]!, nameOf(memory)))
    this.log.push(`settle: ${told.join(', ')}`)
    const made = (kind: Kind) => pairs.map((pair, at) => settlementOf(verdicts[at]!, pair[kind]))
    return [made('memory'), made('other')]
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

  async #failedNames(): Promise<readonly string[]> {
    return (await this.#connections[0]!.memory.failed.all()).map(nameOf).sort()
  }

  async #both<T>(deed: (store: PullConnector, kind: Kind) => Promise<T>): Promise<void> {
    const [memory, other] = await this.#each(deed)
    if (!isDeepStrictEqual(other, memory))
      expect.fail(`${JSON.stringify(other)} instead of ${JSON.stringify(memory)}`)
  }

  async #each<T>(deed: (store: PullConnector, kind: Kind) => Promise<T>): Promise<readonly [T, T]> {
    const { memory, other } = this.#one(this.#connections)
    return [await deed(memory, 'memory'), await deed(other, 'other')]
  }

  #one<T>(list: readonly T[]): T {
    return oneOf(list, this.#random)
  }
}

function inWords({ kind, delayMs, spend }: Verdict, name: string): string {
  return kind === 'release'
    ? `release ${name} for ${delayMs} ms${spend ? '' : ' unspent'}`
    : `${kind} ${name}`
}

function settlementOf({ kind, delayMs = 0, spend = true }: Verdict, reservation: Reservation): Settlement {
  if (kind === 'release') return { kind, reservation, delayMs, spend }
  return kind === 'bury' ? { kind, reservation, reason: 'no' } : { kind, reservation }
}

/** Where in what was asked the refused stand, by identity. */
function places<T>(refused: readonly T[], asked: readonly T[]): readonly number[] {
  return asked.flatMap((each, at) => (refused.includes(each) ? [at] : []))
}

function nameOf({ body }: { readonly body: string }): string {
  return String((JSON.parse(body) as { data: number }).data)
}

async function idsOf(store: PullConnector, names: readonly string[]): Promise<string[]> {
  return (await store.failed.all()).filter((each) => names.includes(nameOf(each))).map(({ id }) => id)
}
