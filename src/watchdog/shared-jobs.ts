import type { Reservation, Settlement } from '../contract/connector.ts'
import type { JobEntry } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import { type JobWatch, unwatched } from '../contract/watch.ts'
import {
  field,
  head,
  isReceipt,
  type Notice,
  placeOf,
  type SharedMemory,
  sharedNow,
  state,
} from './layout.ts'
import { type SharedText, SharedTexts } from './shared-texts.ts'

interface SharedJobsParts {
  readonly clock: Clock
  /** Most jobs that are written down at once. */
  readonly capacity: number
  /** Most bytes of their texts. */
  readonly textBytes: number
  /** How often the loop shows that it turns, while there are jobs. */
  readonly beatMs: Ms
  readonly tell: (notice: Notice) => void
}

/** Writes the jobs in hand where another thread can read them although this one is blocked: no message is sent for a job. */
export class SharedJobs implements JobWatch {
  readonly memory: SharedMemory
  readonly #parts: SharedJobsParts
  readonly #numbers: Float64Array
  readonly #texts: SharedTexts
  /** Of each job, the text it is in. */
  readonly #textOf: SharedText[] = []
  readonly #free: number[]
  readonly #queues = new Map<string, number>()
  readonly #entries = new Map<JobEntry, number>()
  /** Most jobs in a row have the same entry. */
  #lastEntry: JobEntry | undefined
  #lastNumber = unwatched
  /** From this process's clock to the one that threads share. */
  readonly #offsetMs: Ms
  #cancelBeat: (() => void) | undefined

  constructor(parts: SharedJobsParts) {
    this.#parts = parts
    const { capacity, textBytes, clock } = parts
    this.memory = {
      numbers: new SharedArrayBuffer(8 * placeOf(capacity)),
      texts: new SharedArrayBuffer(textBytes),
    }
    this.#numbers = new Float64Array(this.memory.numbers)
    this.#numbers[head.current] = unwatched
    this.#numbers[head.endsAt] = Infinity
    this.#texts = new SharedTexts(this.memory.texts)
    this.#free = Array.from({ length: capacity }, (_, at) => capacity - 1 - at)
    this.#offsetMs = sharedNow() - clock.monotonic()
  }

  hold(batch: readonly Reservation[], at: Ms): readonly number[] {
    if (batch.length > 0 && this.#cancelBeat === undefined) this.#beat()
    const held: number[] = []
    if (batch.length > 0) this.#hold(batch, at, held)
    return held
  }

  enter(job: number, entry: JobEntry, at: Ms, timeoutMs: Ms): void {
    if (job === unwatched) return
    const place = placeOf(job)
    const numbers = this.#numbers
    numbers[place + field.entry] = this.#numberOf(entry)
    numbers[place + field.startedAt] = at + this.#offsetMs
    numbers[place + field.timeoutMs] = timeoutMs
    numbers[place + field.state] = state.running
    numbers[head.current] = job
  }

  leave(): void {
    this.#numbers[head.current] = unwatched
  }

  settle(job: number, settlement: Settlement): void {
    if (job === unwatched) return
    const place = placeOf(job)
    if (settlement.kind === 'release') this.#numbers[place + field.delayMs] = settlement.delayMs
    this.#numbers[place + field.state] = stateOf(settlement)
  }

  forget(job: number): void {
    const place = placeOf(job)
    if (job === unwatched || this.#numbers[place + field.state] === state.free) return
    this.#numbers[place + field.state] = state.free
    this.#numbers[head.inHand]!--
    this.#free.push(job)
    this.#texts.leave(this.#textOf[job]!)
  }

  /** Whatever the loop does, the process is to have ended then. */
  endIn(delayMs: Ms): void {
    this.#numbers[head.endsAt] = this.#parts.clock.monotonic() + this.#offsetMs + delayMs
  }

  stop(): void {
    this.#cancelBeat?.()
    this.#numbers[head.inHand] = 0
  }

  /** Written at once; where there is no room for all, as many as there is room for. */
  #hold(batch: readonly Reservation[], at: Ms, held: number[]): void {
    const text = this.#write(batch)
    if (text !== null) this.#note(batch, text, at, held)
    else if (batch.length === 1) held.push(unwatched)
    else {
      const half = batch.length >> 1
      this.#hold(batch.slice(0, half), at, held)
      this.#hold(batch.slice(half), at, held)
    }
  }

  #write(batch: readonly Reservation[]): SharedText | null {
    if (batch.length > this.#free.length) return null
    let text = ''
    for (const { id, receipt, body } of batch) {
      text += id
      text += receipt
      // Where the receipt is the body itself it is written once.
      if (receipt !== body) text += body
    }
    const written = this.#texts.write(text, batch.length)
    return written ?? this.#writeInRoomMade(text, batch.length)
  }

  #writeInRoomMade(text: string, jobs: number): SharedText | null {
    this.#texts.moveTogether()
    const numbers = this.#numbers
    for (const [job, { at }] of this.#textOf.entries())
      if (numbers[placeOf(job) + field.state] !== state.free) numbers[placeOf(job) + field.textAt] = at
    return this.#texts.write(text, jobs)
  }

  #note(batch: readonly Reservation[], text: SharedText, at: Ms, held: number[]): void {
    const numbers = this.#numbers
    let from = 0
    for (const { id, queue, receipt, body, attempts } of batch) {
      const job = this.#free.pop()!
      const place = placeOf(job)
      const bodyLength = receipt === body ? isReceipt : body.length
      this.#textOf[job] = text
      numbers[place + field.textAt] = text.at
      numbers[place + field.textBytes] = text.bytes
      numbers[place + field.from] = from
      numbers[place + field.idLength] = id.length
      numbers[place + field.receiptLength] = receipt.length
      numbers[place + field.bodyLength] = bodyLength
      numbers[place + field.queue] = this.#queueNumber(queue)
      numbers[place + field.attempts] = attempts
      numbers[place + field.leasedAt] = at + this.#offsetMs
      numbers[place + field.entry] = unwatched
      numbers[place + field.state] = state.held
      from += id.length + receipt.length + Math.max(0, bodyLength)
      held.push(job)
    }
    numbers[head.inHand]! += batch.length
  }

  #queueNumber(name: string): number {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const number = this.#queues.size
    this.#queues.set(name, number)
    this.#parts.tell({ kind: 'queue', number, name })
    return number
  }

  #numberOf(entry: JobEntry): number {
    if (entry === this.#lastEntry) return this.#lastNumber
    const number = this.#entries.get(entry) ?? this.#newNumber(entry)
    this.#lastEntry = entry
    this.#lastNumber = number
    return number
  }

  #newNumber(entry: JobEntry): number {
    const number = this.#entries.size
    this.#entries.set(entry, number)
    const { name, tries, backoff } = entry
    this.#parts.tell({ kind: 'entry', number, name, tries, backoff })
    return number
  }

  /** Once more after the last job has gone: whoever was told that the loop stood still hears that it turns. */
  readonly #beat = (): void => {
    const { clock, beatMs } = this.#parts
    this.#numbers[head.beat] = clock.monotonic() + this.#offsetMs
    const goesOn = this.#numbers[head.inHand]! > 0 || this.#cancelBeat === undefined
    this.#cancelBeat = goesOn ? clock.after(beatMs, this.#beat, { unref: true }) : undefined
  }
}

function stateOf(settlement: Settlement): number {
  if (settlement.kind === 'delete') return state.deleted
  if (settlement.kind === 'bury') return state.buried
  return settlement.spend ? state.released : state.releasedUnspent
}
