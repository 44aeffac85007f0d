import { setTimeout as sleep } from 'node:timers/promises'
import { databaseOf } from '../../src/database/create.ts'
import type { Random } from '../seeded.ts'
import type { SoakStore } from './soak-store.ts'

/** How many of its disturbances restart the server. */
const oneRestartIn = 50

/** Does to a store what months do: cuts and kills connections, kills the server and starts it anew, or keeps a file locked. */
export class Disturber {
  /** How often it did what. */
  readonly done: Record<string, number> = {}
  readonly #store: SoakStore
  readonly #random: Random

  /** `random` as `seeded` makes it. */
  constructor(store: SoakStore, random: Random) {
    this.#store = store
    this.#random = random
  }

  async disturbFor(ms: number): Promise<void> {
    const end = performance.now() + ms
    while (performance.now() < end) {
      await this.#once()
      await sleep(200 + this.#random(300))
    }
  }

  async #once(): Promise<void> {
    const { proxy } = this.#store
    if (proxy === undefined) return this.#count('locks of the file', () => this.#lock())
    const chance = this.#random(2 * oneRestartIn)
    if (chance < 2) await this.#count('restarts', () => this.#store.restart())
    else if (chance % 2 === 0) await this.#count('kills by the server', () => this.#store.killConnections())
    else await this.#count('cuts on the way', async () => proxy.cut())
  }

  async #lock(): Promise<void> {
    const { dsn } = this.#store.direct as { readonly dsn: string }
    const database = databaseOf({ url: dsn }, 'application')
    await database.transaction(() => sleep(this.#random(600)))
    await database.close()
  }

  async #count(what: string, act: () => Promise<void>): Promise<void> {
    await act()
    this.done[what] = (this.done[what] ?? 0) + 1
  }
}
