import type { Roster } from '../contract/roster.ts'
import type { Clock, Ms } from '../contract/time.ts'
import { cardText, type WorkerCard } from './card.ts'

/** How often a worker says that it is there. */
export const beatMs: Ms = 5_000
/** The second time sooner: by then it has asked for jobs. */
const secondBeatMs: Ms = 1_000
/** How long it is listed after its last word: one whose event loop a job blocks is silent, and yet there. */
const staysMs: Ms = 90_000

/** How long what a worker took can be read after its end. */
const leftStaysMs: Ms = 120_000

interface AttendanceParts {
  readonly roster: Roster
  readonly clock: Clock
  readonly card: () => WorkerCard
}

/** Keeps a worker's card in the store up to date. A store that is away is told when it is back. */
export class Attendance {
  readonly #parts: AttendanceParts
  #cancel: (() => void) | undefined
  #saying: Promise<void> | undefined
  /** It may be listed. */
  #hasSaid = false
  #hasEnded = false

  constructor(parts: AttendanceParts) {
    this.#parts = parts
  }

  /** Says it now, and again and again from then on. */
  begin(): void {
    if (this.#hasEnded || this.#cancel !== undefined) return
    this.#beat(secondBeatMs)
  }

  /** Says it without waiting for the time: what changed a moment ago is in it. */
  sayNow(): void {
    if (this.#cancel === undefined || this.#hasEnded) return
    if (this.#saying === undefined) this.#beat(beatMs)
    else void this.#saying.then(() => this.#hasEnded || this.#beat(beatMs))
  }

  /** Says it once; rejects when the store does. */
  async say(): Promise<void> {
    this.#hasSaid = true
    const card = this.#parts.card()
    await this.#parts.roster.note(card.id, cardText(card), staysMs)
  }

  /** Is listed no longer. What is on its way is waited for, as it would list it again. */
  async end(): Promise<void> {
    this.#hasEnded = true
    this.#cancel?.()
    await this.#saying
    if (!this.#hasSaid) return
    this.#hasSaid = false
    await this.#leave().catch(() => undefined)
  }

  /** What it took stays readable, for who counts what others took. */
  async #leave(): Promise<void> {
    const { roster, card } = this.#parts
    const last = { ...card(), hasLeft: true }
    if (Object.keys(last.taken).length === 0) await roster.leave(last.id)
    else await roster.note(last.id, cardText(last), leftStaysMs)
  }

  #beat(nextMs: Ms): void {
    const said = () => {
      this.#saying = undefined
    }
    this.#saying ??= this.say().then(said, said)
    this.#cancel?.()
    this.#cancel = this.#parts.clock.after(nextMs, () => this.#beat(beatMs), { unref: true })
  }
}
