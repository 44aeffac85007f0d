import type { Socket } from 'node:net'
import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import type { FieldPacket, PoolConnection } from './driver.ts'
import { spoilsConnection, storeError } from './failures.ts'
import type { Reply } from './reply.ts'
import type { ServerFacts } from './session.ts'

/** One connection of a pool, for one borrower at a time. Each call has a deadline; what may have spoiled it destroys it. */
export class MysqlConnection {
  /** What its server is; set when the session is. */
  facts: ServerFacts | undefined
  readonly raw: PoolConnection
  /** For messages. */
  readonly #where: string
  readonly #deadlineMs: Ms
  readonly #isServerThere: () => Promise<boolean>
  #usedAt = performance.now()
  #isDestroyed = false

  /** `isServerThere` asks it by another way than this connection. */
  constructor(raw: PoolConnection, where: string, deadlineMs: Ms, isServerThere: () => Promise<boolean>) {
    this.raw = raw
    this.#where = where
    this.#deadlineMs = deadlineMs
    this.#isServerThere = isServerThere
    // The driver says it to whoever waits, and here once more: unheard it would end the process.
    raw.on('error', () => undefined)
  }

  /** Whether it keeps the process alive: only while somebody uses it, so that a program that has pushed ends by itself. */
  keepAlive(isInUse: boolean): void {
    const { stream } = this.raw as unknown as { readonly stream: Socket }
    if (isInUse) stream.ref()
    else stream.unref()
  }

  get isDestroyed(): boolean {
    return this.#isDestroyed
  }

  get idleMs(): Ms {
    return performance.now() - this.#usedAt
  }

  /** Sends SQL that holds its values; several statements where the pool allows them, whose replies come as `replies` reads them. */
  send(sql: string): Promise<Reply> {
    this.#refuseIfTooLarge(sql)
    return this.#ask(sql, this.#deadlineMs, () => this.unanswered('no answer'))
  }

  #ask(sql: string, deadlineMs: Ms, late: () => Promise<StoreError>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.destroy()
        void late().then(reject)
      }
      const timer = watch(deadlineMs, giveUp)
      // Null: there are no values, so the driver need not look for their places.
      this.raw.query(sql, null, (error, rows, fields) => {
        timer.stop()
        this.#usedAt = performance.now()
        if (error === null) return resolve({ rows, fields: fields as FieldPacket[] | undefined })
        reject(this.failed(error))
      })
    })
  }

  /** The driver's error in our words; the connection is destroyed if it may be spoiled. */
  failed(error: unknown): StoreError {
    const failure = storeError(error, this.#where)
    if (spoilsConnection(failure)) this.destroy()
    return failure
  }

  /** Whether the server answers in time; if not, the connection is destroyed. */
  async answers(deadlineMs: Ms): Promise<boolean> {
    try {
      await this.#ask('DO 0', deadlineMs, async () => this.#slow('no answer', deadlineMs))
      return true
    } catch {
      this.destroy()
      return false
    }
  }

  /** What it means that something did not come before the deadline: the server was slow, or it cannot be reached at all. */
  async unanswered(what: string): Promise<StoreError> {
    if (await this.#isServerThere()) return this.#slow(what, this.#deadlineMs)
    return new StoreError(
      `database ${this.#where}: ${what} within ${this.#deadlineMs / 1000} s, and none to a new connection; what was sent may have been carried out or not`,
      { code: 'UNAVAILABLE', transient: true },
    )
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    this.raw.destroy()
  }

  /** The server would answer by an error and hang up, or hang up alone, which looks like a lost connection. */
  #refuseIfTooLarge(sql: string): void {
    const most = this.facts?.maxPacket ?? Infinity
    if (sql.length < most / 4) return
    const bytes = Buffer.byteLength(sql) + 1
    if (bytes <= most) return
    throw new StoreError(
      `database ${this.#where}: a statement of ${bytes} bytes is larger than max_allowed_packet of the server, ${most}`,
      { code: 'TOO_LARGE', transient: false },
    )
  }

  #slow(what: string, deadlineMs: Ms): StoreError {
    return new StoreError(
      `database ${this.#where}: ${what} within ${deadlineMs / 1000} s; the connection was given up, and what was sent may have been carried out or not`,
      { code: 'TIMEOUT', transient: true },
    )
  }
}

/** Calls `late` after so long, but not before an answer that arrived while the event loop was blocked has been read. */
function watch(ms: Ms, late: () => void): { stop(): void } {
  let immediate: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    immediate = setImmediate(late)
  }, ms)
  return {
    stop() {
      clearTimeout(timer)
      clearImmediate(immediate)
    },
  }
}
