import type { Roster, RosterEntry } from '../../contract/roster.ts'
import type { Ms } from '../../contract/time.ts'
import type { Link } from './link.ts'
import { noteScript, rosterScript } from './lua/roster.ts'
import { secondsOrNone } from './seconds.ts'

/** One in so many notes looks for workers that are gone. */
const sweepsOneIn = 50

/** Who works here, in the hash `thinkq:workers`. */
export class RedisRoster implements Roster {
  readonly #link: () => Promise<Link>
  readonly #key: string

  constructor(link: () => Promise<Link>, key: string) {
    this.#link = link
    this.#key = key
  }

  async note(id: string, text: string, ttlMs: Ms, now?: Ms): Promise<void> {
    const link = await this.#link()
    const sweep = Math.random() * sweepsOneIn < 1 ? 1 : 0
    await link.run(noteScript, [this.#key], [secondsOrNone(now), id, Math.round(ttlMs), text, sweep])
  }

  async leave(id: string): Promise<void> {
    const link = await this.#link()
    await link.send('HDEL', [this.#key, id])
  }

  async all(now?: Ms): Promise<readonly RosterEntry[]> {
    const link = await this.#link()
    const flat = (await link.run(rosterScript, [this.#key], [secondsOrNone(now)])) as string[]
    return Array.from({ length: flat.length / 3 }, (_, at) => {
      const [id, age, text] = flat.slice(at * 3, at * 3 + 3)
      return { id: id!, ageMs: Number(age), text: text! }
    })
  }
}
