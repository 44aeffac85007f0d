import type { Ms } from '../../contract/time.ts'

/** How long a queue that holds another queue's payloads is left alone. */
const barredMs: Ms = 10_000

/** How long a job that fell due may stand behind a list that has plenty. */
const lookEveryMs: Ms = 10

/** How long a look that found nothing stands for a reserve. */
const takenForGrantedMs: Ms = 20

/** What the last answers said of the queues. All times are monotonic. */
export class QueueNotes {
  /** When something is due next, as far as the last reserve could see; Infinity: nothing is known. */
  nextDueAt: Ms = Infinity
  /** How often a queue was barred. */
  bars = 0
  #paused: ReadonlySet<string> = new Set()
  readonly #barredUntil = new Map<string, Ms>()
  #lookedAt: Ms = -Infinity
  /** Queues that were just seen to be empty, and until when that is taken for granted. */
  #empty: { readonly queues: readonly string[]; readonly until: Ms } | undefined

  get dueInMs(): Ms {
    return this.nextDueAt - performance.now()
  }

  /** Those of the queues from which something can be had now. */
  open(queues: readonly string[]): readonly string[] {
    if (this.#paused.size === 0) return this.allowed(queues)
    return this.allowed(queues).filter((queue) => !this.#paused.has(queue))
  }

  /** Those of the queues that may be asked. */
  allowed(queues: readonly string[]): readonly string[] {
    return this.#barredUntil.size === 0 ? queues : queues.filter((queue) => !this.#isBarred(queue))
  }

  /** The queues asked by a reserve, and which of them it found paused. */
  paused(asked: readonly string[], isPaused: (at: number) => boolean): void {
    const found = asked.filter((_, at) => isPaused(at))
    if (this.#paused.size > 0 || found.length > 0) this.#paused = new Set(found)
  }

  bar(queue: string): void {
    this.bars++
    this.#barredUntil.set(queue, performance.now() + barredMs)
  }

  /** Lets the next reserve from these queues answer without asking, when it comes at once. */
  sawNothing(queues: readonly string[], nextDueInMs: Ms): void {
    const now = performance.now()
    this.nextDueAt = now + nextDueInMs
    this.#empty = { queues, until: now + Math.min(takenForGrantedMs, nextDueInMs) }
  }

  /** Whether they were just seen to be empty; once only: what arrives later ends the next wait. */
  isEmpty(asked: readonly string[]): boolean {
    const empty = this.#empty
    this.#empty = undefined
    if (empty === undefined || empty.until < performance.now()) return false
    return asked.length === empty.queues.length && asked.every((queue, at) => queue === empty.queues[at])
  }

  /** A wait begins: what was seen before it is no longer taken for granted. */
  waiting(): void {
    this.#empty = undefined
  }

  /** While the list has plenty, what fell due is looked for now and then; where it has not, the script looks anyway. */
  isTimeToLook(): boolean {
    const now = performance.now()
    if (now - this.#lookedAt < lookEveryMs) return false
    this.#lookedAt = now
    return true
  }

  #isBarred(queue: string): boolean {
    const until = this.#barredUntil.get(queue)
    if (until === undefined) return false
    if (until > performance.now()) return true
    this.#barredUntil.delete(queue)
    return false
  }
}
