import type { Cache } from '../contract/connector.ts'
import { reconnectPolicy } from '../contract/retry.ts'
import type { Clock, Ms } from '../contract/time.ts'
import { Mover } from './mover.ts'
import { markBeginning, type OutboxParts } from './outbox.ts'
import { RelayLock } from './relay-lock.ts'
import type { SeenRow } from './table.ts'

export interface RelayParts extends OutboxParts {
  readonly clock: Clock
  /** Where the lock is kept. */
  readonly cache: Cache
  readonly warn: (message: string) => void
}

/** How often an empty table is looked at. */
const restMs: Ms = 500
/** A producer that lives has moved its rows by then. */
const ripeMs: Ms = 100
/** How often a relay that is not the active one asks whether it may be. */
const standbyMs: Ms = 1_000
/** How often is looked for a table that is not there, because nobody has pushed by it yet. */
const missingMs: Ms = 5_000
/** How long a queue is passed over that the store refused, and how often the same trouble is told. */
const troubleMs: Ms = 10_000
const mostRows = 200
/** How often marks are swept. */
const sweepMs: Ms = 3_600_000
/** How long rows of other connections may wait before somebody asks whose they are, and how often that is looked for. */
const strayMs: Ms = 60_000

/** Moves what producers left behind. Many may run, one is active; two that both think so harm nothing. */
export class Relay {
  readonly #parts: RelayParts
  readonly #mover: Mover
  readonly #lock: RelayLock
  readonly #retry = reconnectPolicy()
  readonly #refused = new Map<string, Ms>()
  readonly #told = new Map<string, Ms>()
  /** When rows were first seen that may be their producer's still. */
  #seen = new Map<string, Ms>()
  #sweptAt: Ms = -Infinity
  /** When rows of others were last looked for. */
  #askedAt: Ms = -Infinity
  #failures = 0
  #running: Promise<void> | undefined
  #isStopped = false
  #wake = () => {}

  constructor(parts: RelayParts) {
    this.#parts = parts
    this.#mover = new Mover(parts)
    const { table, cache, clock } = parts
    const name = async () => `${await table.database.locate()} ${table.name} ${table.connection}`
    this.#lock = new RelayLock({ cache, clock, name })
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Finishes the step under way and lets another be the active one. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#wake()
    await this.#running
    await this.#lock.release().catch(() => undefined)
  }

  /** How many rows were moved. */
  get moved(): number {
    return this.#mover.moved
  }

  /** Moves everything that has committed, those included that their producers may be about to move; null: there is no table. */
  async drain(): Promise<number | null> {
    for (let before = -1; this.moved > before; ) {
      before = this.moved
      const rows = await this.#parts.table.look(mostRows, this.#passedOver())
      if (rows === null) return null
      await this.#move(rows)
    }
    return this.moved
  }

  async #run(): Promise<void> {
    for (let ms = restMs; !this.#isStopped; ms = await this.#safeTurn()) await this.#rest(ms)
  }

  async #safeTurn(): Promise<Ms> {
    if (this.#isStopped) return 0
    try {
      const ms = await this.turn()
      this.#failures = 0
      return ms
    } catch (error) {
      this.#tell('failed', `the outbox: ${messageOf(error)}`)
      return this.#retry(++this.#failures, error) ?? restMs
    }
  }

  /** One look, and what is to be done after it. Answers how long to rest. */
  async turn(): Promise<Ms> {
    if (!(await this.#lock.hold())) return standbyMs
    const { table, clock } = this.#parts
    const rows = await table.look(mostRows, this.#passedOver())
    if (rows === null) return missingMs
    if (clock.monotonic() - this.#sweptAt > sweepMs) await this.#sweep()
    if (clock.monotonic() - this.#askedAt > strayMs) await this.#tellOfStray()
    const ripe = this.#ripeOf(rows)
    await this.#move(ripe)
    if (ripe.length === mostRows) return 0
    return ripe.length < rows.length ? ripeMs : restMs
  }

  async #move(rows: readonly SeenRow[]): Promise<void> {
    for (const { queue, error } of await this.#mover.move(rows)) {
      this.#refused.set(queue, this.#parts.clock.monotonic() + troubleMs)
      this.#tell(queue, `the outbox: jobs of queue ${JSON.stringify(queue)} wait: ${messageOf(error)}`)
    }
  }

  /** Those that nobody else may be about to move. */
  #ripeOf(rows: readonly SeenRow[]): readonly SeenRow[] {
    const now = this.#parts.clock.monotonic()
    const seen = new Map(rows.map(({ mark }) => [mark, this.#seen.get(mark) ?? now]))
    this.#seen = seen
    return rows.filter(({ mark, term }) => Number(term) === 0 || now - seen.get(mark)! >= ripeMs)
  }

  /** Marks whose sender died after the deletion: a mark is set after its row has committed, so without a row that was deleted. */
  async #sweep(): Promise<void> {
    const { table, store, clock } = this.#parts
    const beginning = markBeginning(await table.database.locate(), table.name)
    for (const [queue, marks] of await store.marks(beginning)) {
      const rows = await table.having(marks)
      const left = marks.filter((mark) => !rows.has(mark))
      if (left.length > 0) await store.forget(queue, left, await store.nextTerm(this.#mover.term))
    }
    this.#sweptAt = clock.monotonic()
  }

  /** Rows that no worker moves: their producer's configuration calls the connection otherwise, or their workers are away. */
  async #tellOfStray(): Promise<void> {
    const { table, clock } = this.#parts
    this.#askedAt = clock.monotonic()
    for (const { connection, count } of await table.stray(strayMs))
      this.#tell(
        `stray ${connection}`,
        `the outbox: nobody has moved jobs of ${named(connection)} for more than a minute (${count}); this worker moves those of ` +
          `${named(table.connection)}. Producer and worker must name the connection alike, with the same select and prefix`,
      )
  }

  #passedOver(): readonly string[] {
    const now = this.#parts.clock.monotonic()
    for (const [queue, until] of this.#refused) if (until <= now) this.#refused.delete(queue)
    return [...this.#refused.keys()]
  }

  #tell(about: string, message: string): void {
    const now = this.#parts.clock.monotonic()
    if (now - (this.#told.get(about) ?? -Infinity) < troubleMs) return
    this.#told.set(about, now)
    this.#parts.warn(message)
  }

  #rest(ms: Ms): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(this.#isStopped ? 0 : ms, resolve, { unref: true })
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

/** What is told apart as "name select:prefix", for people. */
function named(connection: string): string {
  const [, name = connection, select = '0', prefix = ''] = /^(.*?) (\d+):(.*)$/s.exec(connection) ?? []
  const parts = [select === '0' ? '' : `, select ${select}`, prefix === '' ? '' : `, prefix "${prefix}"`]
  return `connection "${name}"${parts.join('')}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
