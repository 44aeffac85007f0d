import { AsyncLocalStorage } from 'node:async_hooks'
import { pathToFileURL } from 'node:url'
import type { JobEntry, JobRegistry } from '../contract/job.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Delivery } from './delivery.ts'

/** The job an error came out of. */
export interface Culprit {
  /** As it was pushed. */
  readonly name: string
  /** Undefined: only the file it came from is known. */
  readonly id: string | undefined
  /** Undefined once the run has ended: what a job left open for ever must not keep its payload. */
  delivery: Delivery | undefined
}

interface AttributionParts {
  readonly clock: Clock
  readonly registry: JobRegistry
  readonly concurrency: number
}

/** To look at the clock takes a hundredth of the time of the smallest job. */
const unmeasuredInARow = 16

/**
 * Knows whose an error is that nobody caught. A job runs in a context that everything it starts inherits; but a context makes every
 * promise of the process dearer, so jobs that are quick are run without one (decision 024).
 */
export class Attribution {
  readonly #parts: AttributionParts
  /** Runs shorter than this are quick: for longer ones a context costs less than 3 % of the process. */
  readonly #quickMs: Ms
  readonly #slowRunsAllowed: number
  readonly #storage = new AsyncLocalStorage<Culprit | null>()
  /** Jobs that are quick, and how many of their runs since were not: a machine that is busy is no reason. */
  readonly #quick = new WeakMap<JobEntry, number>()
  /** Most jobs in a row have the same entry. */
  #lastQuick: JobEntry | undefined
  #isOn = false
  /** Runs under way in a context of their own. */
  #inContext = 0
  #unmeasured = 0

  constructor(parts: AttributionParts) {
    this.#parts = parts
    this.#quickMs = Math.max(1, parts.concurrency / 20)
    this.#slowRunsAllowed = 4 * parts.concurrency
  }

  /** Calls the handler. */
  run(delivery: Delivery): unknown {
    const entry = delivery.entry!
    if (entry !== this.#lastQuick) {
      if (!this.#quick.has(entry)) return this.#runInContext(delivery)
      this.#lastQuick = entry
    }
    return delivery.opened!.run(delivery, delivery.data)
  }

  /** Calls what belongs to a run besides its handler, such as `failed()`. */
  within<Result>({ culprit }: Delivery, call: () => Result): Result {
    return culprit === undefined ? call() : this.#storage.run(culprit, call)
  }

  /** Whoever runs a job says when it has ended, and how long it took if it was measured anyway. */
  ended(delivery: Delivery, measuredMs?: Ms): void {
    const isInContext = delivery.culprit?.delivery !== undefined
    if (!isInContext && measuredMs === undefined && ++this.#unmeasured < unmeasuredInARow) return
    this.#unmeasured = 0
    const durationMs = measuredMs ?? this.#parts.clock.monotonic() - delivery.startedAt
    const isQuick = durationMs < this.#quickMs
    if (isInContext) this.#leftContext(delivery, isQuick)
    else if (!isQuick) this.#slowedDown(delivery)
    if (isQuick && this.#isOn && this.#inContext === 0) this.#turnOff()
  }

  /** Whose it is: asked while nothing else has run since. Undefined: nobody can tell. */
  culpritOf(error: unknown, running: Iterable<Delivery>): Culprit | undefined {
    return this.#current() ?? this.#bearing(stackOf(error), running)
  }

  /** The worker has ended: contexts of one that has none would cost those after it as much as its own did. */
  stop(): void {
    this.#turnOff()
  }

  #turnOff(): void {
    this.#isOn = false
    this.#storage.disable()
  }

  #runInContext(delivery: Delivery): unknown {
    const { id, name } = delivery
    delivery.culprit = { id, name, delivery }
    this.#inContext++
    this.#isOn = true
    return this.#storage.run(delivery.culprit, () => delivery.opened!.run(delivery, delivery.data))
  }

  #leftContext(delivery: Delivery, isQuick: boolean): void {
    delivery.culprit!.delivery = undefined
    this.#inContext--
    if (isQuick) this.#quick.set(delivery.entry!, 0)
  }

  #slowedDown({ entry }: Delivery): void {
    if (entry === undefined) return
    const slowRuns = (this.#quick.get(entry) ?? 0) + 1
    this.#quick.set(entry, slowRuns)
    if (slowRuns <= this.#slowRunsAllowed) return
    this.#quick.delete(entry)
    if (this.#lastQuick === entry) this.#lastQuick = undefined
  }

  /** A storage that was turned off still knows what was begun before; to run with another value turns it on. */
  #current(): Culprit | undefined {
    if (!this.#isOn) this.#storage.run(null, () => undefined)
    this.#isOn = true
    return this.#storage.getStore() ?? undefined
  }

  /** Without a context: the one job that runs of whose file the stack tells, or a job of that file that has ended. */
  #bearing(stack: string, running: Iterable<Delivery>): Culprit | undefined {
    const suspects = [...running].filter(({ entry }) => entry !== undefined && isFrom(entry, stack))
    const [delivery, second] = suspects
    if (second !== undefined) return undefined
    if (delivery !== undefined) return { id: delivery.id, name: delivery.name, delivery }
    const ended = this.#parts.registry.entries.find((entry) => isFrom(entry, stack))
    return ended && { id: undefined, name: ended.name, delivery: undefined }
  }
}

function isFrom({ file }: JobEntry, stack: string): boolean {
  if (file === '') return false
  return stack.includes(`${file}:`) || stack.includes(`${pathToFileURL(file).href}:`)
}

/** A getter of the error may itself throw. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack) : ''
  } catch {
    return ''
  }
}
