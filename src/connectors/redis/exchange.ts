import type { Reservation, ReserveRequest, Settlement, TakeRequest } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { Impatience } from './impatience.ts'
import type { Keys } from './keys.ts'
import type { Argument, Link } from './link.ts'
import { catchScript } from './lua/catch.ts'
import { exchangeScript, mostMoved } from './lua/exchange.ts'
import { notedScript } from './lua/noted.ts'
import { Members, type Opened } from './members.ts'
import { QueueNotes } from './queue-notes.ts'
import { forced } from './reserve.ts'
import { secondsOrNone } from './seconds.ts'
import { settleArguments } from './settle.ts'
import { isSwap, swap, swapped } from './swap.ts'

export interface Exchanged {
  readonly refused: readonly Settlement[]
  readonly reserved: readonly Reservation[]
}

interface ExchangeParts {
  readonly link: Link
  readonly keys: Keys
  /** Recorded with failed jobs. */
  readonly connection: string
  readonly warn: (message: string) => void
  /** Called whenever a reserve is sent. */
  readonly reserving: () => void
}

/** A reserve behind a call that blocks. */
interface Take {
  readonly queue: string
  readonly take: TakeRequest
  /** The key of the note. */
  readonly note: string
  readonly deadlineMs: Ms
}

type Answer = [now: string, nextDue: string, refused: number[], ...found: (string[] | 0)[]]

const none: readonly never[] = []
const never = () => false

/** Settles and reserves, in one call as far as the server allows it, and remembers what the answers said of the queues. */
export class Exchange {
  readonly notes = new QueueNotes()
  readonly #impatience = new Impatience()
  readonly #link: Link
  readonly #keys: Keys
  readonly #connection: string
  readonly #members: Members
  readonly #reserving: () => void

  constructor({ link, keys, connection, warn, reserving }: ExchangeParts) {
    this.#link = link
    this.#keys = keys
    this.#connection = connection
    this.#members = new Members({ link, keys, notes: this.notes, warn })
    this.#reserving = reserving
  }

  /** Never more than so many of each at once: what is more travels in the calls before. */
  async run(batch: readonly Settlement[], request: ReserveRequest | undefined): Promise<Exchanged> {
    const refused: Settlement[] = []
    let at = 0
    while (batch.length - at > mostMoved) {
      refused.push(...(await this.settle(batch.slice(at, at + mostMoved), request?.now)).refused)
      at += mostMoved
    }
    const rest = at === 0 ? batch : batch.slice(at)
    const bars = this.notes.bars
    const last = this.#link.isCluster ? await this.#apart(rest, request) : await this.#together(rest, request)
    const wasCut = last.reserved.length >= mostMoved || this.notes.bars > bars
    const more = wasCut ? await this.#more(last.reserved.length, request) : none
    if (refused.length === 0 && more.length === 0) return last
    return { refused: [...refused, ...last.refused], reserved: [...last.reserved, ...more] }
  }

  settle(batch: readonly Settlement[], now?: Ms): Promise<Exchanged> {
    return this.run(batch, now === undefined ? undefined : { queues: none, limit: 0, expireMs: null, now })
  }

  /**
   * Reserves one job over a connection that blocks, right behind what it waits for, and notes which, should the answer be lost. Null:
   * there was none in the list, and nothing else was looked for.
   */
  async take(link: Link, { queue, take, note, deadlineMs }: Take): Promise<readonly Reservation[] | null> {
    const { list, reserved, paused } = this.#keys.of(queue)
    const args = [secondsOrNone(take.expireMs), forced(take.force)]
    const member = await link.run(catchScript, [list, reserved, paused, note], args, deadlineMs)
    return member === null ? null : this.#one(queue, member as string)
  }

  /** What was noted so, if it is still leased; its lease begins anew. */
  async taken(queue: string, { expireMs }: TakeRequest, note: string): Promise<readonly Reservation[]> {
    const keys = [this.#keys.of(queue).reserved, note]
    const member = await this.#link.run(notedScript, keys, [secondsOrNone(expireMs)])
    return member === null ? none : this.#one(queue, member as string)
  }

  /** What the limit still allows, when that call was full or had to leave a queue alone. */
  async #more(count: number, request: ReserveRequest | undefined): Promise<readonly Reservation[]> {
    if (request === undefined || request.limit <= count) return none
    return (await this.run(none, { ...request, limit: request.limit - count })).reserved
  }

  /** One call, whatever the queues. */
  #together(batch: readonly Settlement[], request: ReserveRequest | undefined): Promise<Exchanged> {
    const asked = this.#asked(request)
    if (batch.length === 0 && (asked.length === 0 || this.notes.isEmpty(asked)))
      return Promise.resolve({ refused: none, reserved: none })
    return this.#call(batch, asked, request)
  }

  /** On a cluster one call for each queue: the settlements of a queue travel with its reserve. */
  async #apart(batch: readonly Settlement[], request: ReserveRequest | undefined): Promise<Exchanged> {
    const asked = this.#asked(request)
    const refused: Settlement[] = []
    const reserved: Reservation[] = []
    const limit = request?.limit ?? 0
    let nextDueAt = Infinity
    const queues = new Set([...batch.map(({ reservation }) => reservation.queue), ...asked])
    const ordered = [...queues].sort((a, b) => place(asked, a) - place(asked, b))
    for (const queue of ordered) {
      const part = batch.filter(({ reservation }) => reservation.queue === queue)
      const wanted = asked.includes(queue) && reserved.length < limit
      if (part.length === 0 && !wanted) continue
      const left = request && { ...request, limit: limit - reserved.length }
      const answer = await this.#call(part, wanted ? [queue] : none, left)
      nextDueAt = Math.min(nextDueAt, this.notes.nextDueAt)
      refused.push(...answer.refused)
      reserved.push(...answer.reserved)
    }
    if (asked.length > 0) this.notes.nextDueAt = nextDueAt
    return { refused, reserved }
  }

  #asked(request: ReserveRequest | undefined): readonly string[] {
    if (request === undefined || request.limit <= 0) return none
    return this.notes.allowed(request.queues)
  }

  /** Not async, nor is what calls it: a promise of a promise takes three more turns of the microtask queue. */
  #call(
    batch: readonly Settlement[],
    asked: readonly string[],
    request: ReserveRequest | undefined,
  ): Promise<Exchanged> {
    const looks = request?.now !== undefined || this.notes.isTimeToLook()
    return !looks && isSwap(batch, asked, request)
      ? this.#swap(batch[0]!, request!)
      : this.#whole(batch, asked, request, looks)
  }

  async #whole(
    batch: readonly Settlement[],
    asked: readonly string[],
    request: ReserveRequest | undefined,
    looks: boolean,
  ): Promise<Exchanged> {
    const queues = asked.slice()
    const place = (queue: string) => {
      const known = queues.indexOf(queue)
      return known === -1 ? queues.push(queue) - 1 : known
    }
    const args = exchangeArguments(request, asked, looks)
    if (asked.length > 0) this.#reserving()
    settleArguments(batch, place, (queue) => this.#keys.of(queue), this.#connection, args)
    const sentAt = performance.now()
    const sent = this.#link.run(exchangeScript, this.#keysOf(queues), args)
    const answer = (await (batch.length <= 1 ? this.#impatience.awaiting(sent) : sent)) as Answer
    const positions = answer[2]
    const refused = positions.length === 0 ? none : positions.map((position) => batch[position - 1]!)
    if (asked.length === 0) return { refused, reserved: none }
    const opened = this.#opened(asked, answer, sentAt)
    return { refused, reserved: opened instanceof Promise ? await opened : opened }
  }

  async #swap(settlement: Settlement, request: ReserveRequest): Promise<Exchanged> {
    const { queue } = settlement.reservation
    this.#reserving()
    const sent = swap(this.#link, this.#keys.of(queue), settlement, request)
    const { wasDeleted, member } = swapped(await this.#impatience.awaiting(sent))
    const refused = wasDeleted ? none : [settlement]
    if (member === null) return { refused, reserved: (await this.#call(none, [queue], request)).reserved }
    const opened = this.#one(queue, member)
    return { refused, reserved: opened instanceof Promise ? await opened : opened }
  }

  #keysOf(queues: readonly string[]): readonly string[] {
    const keys: string[] = []
    for (const queue of queues) {
      const { list, delayed, reserved, paused, failed, records } = this.#keys.of(queue)
      keys.push(list, delayed, reserved, paused, failed, records)
    }
    return keys
  }

  /** What an answer brings. */
  #opened(asked: readonly string[], answer: Answer, sentAt: Ms): Opened {
    const [now, nextDue, , ...found] = answer
    this.notes.nextDueAt =
      nextDue === '' ? Infinity : midway(sentAt) + (Number(nextDue) - Number(now)) * 1_000
    this.notes.paused(asked, (at) => found[at] === 0)
    const parts = asked.map((queue, at) => this.#members.open(queue, found[at] || none))
    if (parts.length === 1) return parts[0]!
    return Promise.all(parts).then((each) => each.flat())
  }

  /** All that was asked for. */
  #one(queue: string, member: string): Opened {
    this.notes.nextDueAt = Infinity
    this.notes.paused([queue], never)
    return this.#members.open(queue, [member])
  }
}

function exchangeArguments(
  request: ReserveRequest | undefined,
  asked: readonly string[],
  looks: boolean,
): Argument[] {
  return [
    secondsOrNone(request?.now),
    asked.length === 0 ? 0 : request!.limit,
    secondsOrNone(request?.expireMs),
    forced(request?.force),
    looks ? '1' : '0',
    asked.length,
  ]
}

/** When the server answered, as far as can be told: half-way between the request and now. */
function midway(sentAt: Ms): Ms {
  return (sentAt + performance.now()) / 2
}

/** Where a queue stands in the order of preference; those that are only settled come last. */
function place(asked: readonly string[], queue: string): number {
  const at = asked.indexOf(queue)
  return at === -1 ? asked.length : at
}
