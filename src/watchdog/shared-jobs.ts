import type { Reservation, Settlement } from '../contract/connector.ts'
import type { JobEntry } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import { type JobWatch, unwatched } from '../contract/watch.ts'
import { field, head, type Notice, placeOf, type SharedMemory, sharedNow, state } from './layout.ts'

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
  readonly #texts: Buffer
  readonly #free: number[]
  readonly #queues = new Map<string, number>()
  readonly #entries = new Map<JobEntry, number>()
  /** From this process's clock to the one that threads share. */
  readonly #offsetMs: Ms
  #textEnd = 0
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
    this.#texts = Buffer.from(this.memory.texts)
    this.#free = Array.from({ length: capacity }, (_, at) => capacity - 1 - at)
    this.#offsetMs = sharedNow() - clock.monotonic()
  }

  hold(batch: readonly Reservation[], at: Ms): readonly number[] {
    if (batch.length > 0 && this.#cancelBeat === undefined) this.#beat()
    return batch.map((reservation) => this.#hold(reservation, at))
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
    if (this.#numbers[head.inHand] === 0) this.#textEnd = 0
  }

  /** Whatever the loop does, the process is to have ended then. */
  endIn(delayMs: Ms): void {
    this.#numbers[head.endsAt] = this.#parts.clock.monotonic() + this.#offsetMs + delayMs
  }

  stop(): void {
    this.#cancelBeat?.()
    this.#numbers[head.inHand] = 0
  }

  #hold({ id, queue, receipt, body, attempts }: Reservation, at: Ms): number {
    const job = this.#free.pop()
    if (job === undefined) return unwatched
    // Where the receipt is the body itself it is written once.
    const bytes = this.#write(receipt === body ? id + receipt : id + receipt + body)
    if (bytes === null) {
      this.#free.push(job)
      return unwatched
    }
    const place = placeOf(job)
    const numbers = this.#numbers
    numbers[place + field.textAt] = this.#textEnd - bytes
    numbers[place + field.textBytes] = bytes
    numbers[place + field.idLength] = id.length
    numbers[place + field.receiptLength] = receipt.length
    numbers[place + field.queue] = this.#queueNumber(queue)
    numbers[place + field.attempts] = attempts
    numbers[place + field.leasedAt] = at + this.#offsetMs
    numbers[place + field.entry] = unwatched
    numbers[place + field.state] = state.held
    numbers[head.inHand]!++
    return job
  }

  /** How many bytes it took; null: there is no room. Three bytes is the most a code unit takes. */
  #write(text: string): number | null {
    if (this.#textEnd + text.length * 3 > this.#texts.length) this.#moveTogether()
    if (this.#textEnd + text.length * 3 > this.#texts.length) return null
    const bytes = this.#texts.write(text, this.#textEnd)
    this.#textEnd += bytes
    return bytes
  }

  /** Texts of jobs that are gone make room. */
  #moveTogether(): void {
    const numbers = this.#numbers
    const places: number[] = []
    for (let place = placeOf(0); place < numbers.length; place += field.length)
      if (numbers[place + field.state] !== state.free) places.push(place)
    places.sort((a, b) => numbers[a + field.textAt]! - numbers[b + field.textAt]!)
    this.#textEnd = 0
    for (const place of places) {
      const from = numbers[place + field.textAt]!
      const bytes = numbers[place + field.textBytes]!
      this.#texts.copyWithin(this.#textEnd, from, from + bytes)
      numbers[place + field.textAt] = this.#textEnd
      this.#textEnd += bytes
    }
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
    const known = this.#entries.get(entry)
    if (known !== undefined) return known
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
