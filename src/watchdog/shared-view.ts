import type { Reservation } from '../contract/connector.ts'
import type { Backoff } from '../contract/job.ts'
import type { Ms } from '../contract/time.ts'
import { unwatched } from '../contract/watch.ts'
import { field, head, isReceipt, type Notice, placeOf, type SharedMemory, state } from './layout.ts'

/** A job as another thread sees it. */
export interface SeenJob {
  readonly number: number
  /** One of `state`. */
  readonly state: number
  readonly reservation: Reservation
  /** `?` until its code was called. */
  readonly name: string
  readonly tries: number | undefined
  readonly backoff: Backoff | undefined
  readonly leasedAt: Ms
  readonly startedAt: Ms
  /** 0: none. */
  readonly timeoutMs: Ms
  /** Of one that is to be released. */
  readonly delayMs: Ms
}

/** Reads what `SharedJobs` of another thread has written. What it reads is consistent only while that thread stands still. */
export class SharedView {
  readonly #numbers: Float64Array
  readonly #texts: Buffer
  readonly #queues: string[] = []
  /** What was read last, while nothing changes. */
  #last: { readonly at: number; readonly text: string } | undefined
  readonly #entries: Extract<Notice, { kind: 'entry' }>[] = []

  constructor({ numbers, texts }: SharedMemory) {
    this.#numbers = new Float64Array(numbers)
    this.#texts = Buffer.from(texts)
  }

  heard(notice: Notice): void {
    if (notice.kind === 'queue') this.#queues[notice.number] = notice.name
    else this.#entries[notice.number] = notice
  }

  get beat(): Ms {
    return this.#numbers[head.beat]!
  }

  get inHand(): number {
    return this.#numbers[head.inHand]!
  }

  /** When the process has to have ended; Infinity: nobody said. */
  get endsAt(): Ms {
    return this.#numbers[head.endsAt]!
  }

  /** The job whose code the loop is in; undefined: none, or code that goes on after an `await`. */
  get current(): number | undefined {
    const job = this.#numbers[head.current]!
    return job === unwatched ? undefined : job
  }

  jobs(): SeenJob[] {
    const count = (this.#numbers.length - head.length) / field.length
    const jobs: SeenJob[] = []
    this.#last = undefined
    for (let job = 0; job < count; job++)
      if (this.#numbers[placeOf(job)] !== state.free) jobs.push(this.#job(job))
    return jobs
  }

  /** Jobs that came together stand in one text. */
  #text(at: number, bytes: number): string {
    if (this.#last?.at !== at) this.#last = { at, text: this.#texts.toString('utf8', at, at + bytes) }
    return this.#last.text
  }

  #job(number: number): SeenJob {
    const place = placeOf(number)
    const at = (of: number) => this.#numbers[place + of]!
    const text = this.#text(at(field.textAt), at(field.textBytes))
    const entry = this.#entries[at(field.entry)]
    const from = at(field.from)
    const idEnd = from + at(field.idLength)
    const receiptEnd = idEnd + at(field.receiptLength)
    const bodyLength = at(field.bodyLength)
    const receipt = text.slice(idEnd, receiptEnd)
    return {
      number,
      state: at(field.state),
      reservation: {
        id: text.slice(from, idEnd),
        receipt,
        queue: this.#queues[at(field.queue)] ?? '',
        body: bodyLength === isReceipt ? receipt : text.slice(receiptEnd, receiptEnd + bodyLength),
        attempts: at(field.attempts),
      },
      name: entry?.name ?? '?',
      tries: entry?.tries,
      backoff: entry?.backoff as Backoff | undefined,
      leasedAt: at(field.leasedAt),
      startedAt: at(field.startedAt),
      timeoutMs: at(field.timeoutMs),
      delayMs: at(field.delayMs),
    }
  }
}
