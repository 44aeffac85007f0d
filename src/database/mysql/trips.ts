import type { MysqlConnection } from './connection.ts'
import type { FieldPacket } from './driver.ts'
import type { Reply } from './reply.ts'

/** What of an answer is wanted: the rows of a statement that has some, what it changed, or only that it succeeded. */
export type Wanted = 'rows' | 'effect' | 'success'

interface Waiting {
  readonly sql: string
  readonly wants: Wanted
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

const unheard = () => undefined
/** A block is parsed twice: longer texts cost more so than the answers that it spares. */
const longestBlock = 4_096
const noReply: Reply = { rows: [], fields: undefined }

/**
 * The statements of one transaction on their way. Where they may be packed, those sent in one tick and those deferred before
 * them are one round trip; its first error fails all of it, whatever was carried out before.
 */
export class Trips {
  readonly #connection: MysqlConnection
  readonly #isPacked: boolean
  #waiting: Waiting[] = []
  #isDue = false
  #committed: Promise<unknown> | undefined
  #isLast = false
  /** Whether the server has heard nothing yet. */
  isUnsent = true

  /** Whether the COMMIT has left with the last statements. */
  get isSealed(): boolean {
    return this.#committed !== undefined
  }

  constructor(connection: MysqlConnection, isPacked: boolean) {
    this.#connection = connection
    this.#isPacked = isPacked
  }

  send(sql: string, wants: Wanted): Promise<Reply> {
    if (!this.#isPacked) return this.#sendAlone(sql)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sql, wants, resolve, reject })
      if (this.#isDue) return
      this.#isDue = true
      // From a microtask the next tick comes when all of them are done, however deep the calls are that send.
      queueMicrotask(() => process.nextTick(() => this.#leave()))
    })
  }

  /** With the next that is sent, where they may be packed; otherwise at once. */
  async defer(sql: string): Promise<void> {
    if (this.#isPacked) this.#waiting.push({ sql, wants: 'success', resolve: unheard, reject: unheard })
    else await this.#sendAlone(sql)
  }

  /** With what is sent in this tick, where they may be packed; otherwise when `commit` is called. */
  finish(): void {
    if (this.#isPacked) this.#isLast = true
  }

  /** The COMMIT's answer, which may have come with those before it. */
  commit(): Promise<unknown> {
    return this.#committed ?? this.send('COMMIT', 'success')
  }

  #sendAlone(sql: string): Promise<Reply> {
    this.isUnsent = false
    return this.#connection.send(sql)
  }

  #leave(): void {
    if (this.#isLast) this.#board()
    const passengers = this.#waiting
    this.#waiting = []
    this.#isDue = false
    void this.#travel(passengers)
  }

  /** Those before it hear of an error: then nobody asks for the answer of the COMMIT. */
  #board(): void {
    this.#committed = new Promise((resolve, reject) => {
      this.#waiting.push({ sql: 'COMMIT', wants: 'success', resolve, reject })
    })
    this.#committed.catch(unheard)
  }

  async #travel(passengers: readonly Waiting[]): Promise<void> {
    let left = passengers
    try {
      while (left.length > 0) {
        const some = left.slice(0, this.#fitting(left))
        const replies = await this.#together(some)
        for (const [place, { resolve }] of some.entries()) resolve(replies[place] as Reply)
        left = left.slice(some.length)
      }
    } catch (error) {
      for (const { reject } of left) reject(error)
    }
  }

  async #together(some: readonly Waiting[]): Promise<readonly Reply[]> {
    const text = some.map(({ sql }) => sql).join(';\n')
    if (this.#isBlock(some, text)) return this.#asBlock(some, text)
    const reply = await this.#sendAlone(text)
    if (some.length === 1) return [reply]
    const rows = reply.rows as readonly unknown[]
    const fields = reply.fields as unknown as readonly (FieldPacket[] | undefined)[]
    return rows.map((each, place) => ({ rows: each, fields: fields[place] }))
  }

  /** The last trip of a transaction, when nobody asks what a statement changed: its server then answers once, not for each. */
  #isBlock(some: readonly Waiting[], text: string): boolean {
    const mayBe = this.#isLast && this.#connection.facts?.runsBlocks === true && text.length <= longestBlock
    return mayBe && some.every(({ wants }) => wants !== 'effect')
  }

  /** Each statement with rows is one set of them; behind those comes the end of the block. */
  async #asBlock(some: readonly Waiting[], text: string): Promise<readonly Reply[]> {
    const { rows, fields } = await this.#sendAlone(`BEGIN NOT ATOMIC\n${text};\nEND`)
    const sets = rows as readonly unknown[]
    const fieldsOf = fields as unknown as readonly (FieldPacket[] | undefined)[]
    let set = 0
    return some.map(({ wants }) => {
      if (wants !== 'rows') return noReply
      const at = set++
      return { rows: sets[at], fields: fieldsOf[at] }
    })
  }

  /** How many of them one packet of the server holds, one at least; a code unit may be three bytes. */
  #fitting(passengers: readonly Waiting[]): number {
    let room = (this.#connection.facts?.maxPacket ?? Infinity) / 4
    let count = 0
    for (const { sql } of passengers) {
      room -= sql.length + 2
      if (room < 0 && count > 0) break
      count++
    }
    return count
  }
}
