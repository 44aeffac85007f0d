import type { Roster, RosterEntry, StoreConnection, StoreConnections } from '../../contract/roster.ts'
import type { Ms } from '../../contract/time.ts'
import type { Link } from './link.ts'
import { noteScript, rosterScript } from './lua/roster.ts'
import { secondsOrNone } from './seconds.ts'

/** The first of so many notes looks for workers that are gone. */
const notesPerSweep = 50

/** Who works here, in the hash `thinkq:workers`. */
export class RedisRoster implements Roster {
  readonly #link: () => Promise<Link>
  readonly #key: string
  readonly #db: number
  #notes = 0

  constructor(link: () => Promise<Link>, key: string, db: number) {
    this.#link = link
    this.#key = key
    this.#db = db
  }

  async note(id: string, text: string, ttlMs: Ms, now?: Ms): Promise<void> {
    const link = await this.#link()
    const sweep = this.#notes++ % notesPerSweep === 0 ? 1 : 0
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

  /** Those of this database. Each node of a cluster has its own list, so nobody knows all. */
  async connections(): Promise<StoreConnections | null> {
    const link = await this.#link()
    if (link.isCluster) return null
    try {
      const [list, own] = await link.inOneWrite(() =>
        Promise.all([link.send('CLIENT', ['LIST']), link.send('CLIENT', ['ID'])]),
      )
      const all = String(list).split('\n').filter(Boolean).map(fieldsOf)
      const here = all.filter(({ id, db, flags }) => {
        return id !== String(own) && Number(db) === this.#db && !/[MS]/.test(flags ?? '')
      })
      return { seen: here.map(connectionOf), isWhole: true }
    } catch (error) {
      if ((error as { readonly code?: unknown }).code === 'NOPERM') return null
      throw error
    }
  }
}

/** A line of CLIENT LIST. */
function fieldsOf(line: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    line.split(' ').map((field) => {
      const at = field.indexOf('=')
      return [field.slice(0, at), field.slice(at + 1)]
    }),
  )
}

function connectionOf({
  id = '',
  addr = '',
  name = '',
  user,
  cmd,
  age,
}: Readonly<Record<string, string>>): StoreConnection {
  return {
    id,
    address: addr,
    name: name || (user === 'default' ? '' : (user ?? '')),
    isOurs: name.startsWith('thinkq:'),
    command: cmd === 'NULL' ? '' : (cmd ?? ''),
    ageMs: Number(age) * 1_000,
  }
}
