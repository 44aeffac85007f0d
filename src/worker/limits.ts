import type { WorkerOptions } from '../contract/config.ts'
import type { StopReason } from '../contract/events.ts'
import type { Clock, Ms } from '../contract/time.ts'

/** The memory of this process, measured where the process is known. */
export interface MemoryGauge {
  /** Used heap and external memory, in bytes. */
  used(): number
  /** A full collection, if the engine lets us ask for one. */
  collect(): void
}

const sampleEveryMs: Ms = 1_000

type LimitOptions = Pick<
  WorkerOptions,
  'maxJobs' | 'maxTimeMs' | 'memoryBytes' | 'stopWhenEmpty' | 'once' | 'sleepMs'
>

interface LimitParts {
  readonly options: LimitOptions
  readonly clock: Clock
  readonly memory: MemoryGauge
}

/** The stop table: what ends a worker between jobs, looked up once a turn. */
export class Limits {
  started = 0
  ended = 0
  /** Set by a reserve that found nothing while nothing was running. */
  empty = false
  readonly #parts: LimitParts
  readonly #bornAt: Ms
  #sampledAt: Ms
  #disarm: (() => void) | undefined

  constructor(parts: LimitParts) {
    this.#parts = parts
    this.#bornAt = parts.clock.monotonic()
    this.#sampledAt = this.#bornAt
  }

  /**
   * Calls `ring` when time alone may end the worker. What loading left behind is collected now: later it would be in a job's way, for
   * some twenty milliseconds.
   */
  begin(ring: () => void): void {
    const { once, maxJobs, sleepMs, maxTimeMs } = this.#parts.options
    if (maxJobs > 1) this.#parts.memory.collect()
    const alarmMs = once ? Math.min(sleepMs, maxTimeMs) : maxTimeMs
    if (Number.isFinite(alarmMs)) this.#disarm = this.#parts.clock.after(alarmMs, ring)
  }

  stop(): void {
    this.#disarm?.()
  }

  /** How many of so many free places may still be filled, when so many jobs are here that have not started. */
  allowed(free: number, held: number): number {
    return Math.min(free, this.#parts.options.maxJobs - this.started - held)
  }

  reached(): StopReason | null {
    const { options, clock } = this.#parts
    const now = clock.monotonic()
    if (this.ended >= options.maxJobs) return options.once ? 'once' : 'max-jobs'
    if (now - this.#bornAt >= options.maxTimeMs) return 'max-time'
    if (options.stopWhenEmpty && this.empty) return 'empty'
    if (options.once && this.empty && now - this.#bornAt >= options.sleepMs) return 'empty'
    return this.#memoryReached(now) ? 'memory' : null
  }

  #memoryReached(now: Ms): boolean {
    const { options, memory } = this.#parts
    if (options.memoryBytes <= 0 || now - this.#sampledAt < sampleEveryMs) return false
    this.#sampledAt = now
    if (memory.used() <= options.memoryBytes) return false
    memory.collect()
    return memory.used() > options.memoryBytes
  }
}
