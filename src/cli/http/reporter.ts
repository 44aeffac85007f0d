import type { WorkerOptions } from '../../contract/config.ts'
import type { JobRegistry } from '../../contract/job.ts'
import type { WorkerReport } from '../../contract/report.ts'
import type { Clock, Ms } from '../../contract/time.ts'
import type { Emitter } from '../../emitter.ts'
import { JobCounts } from '../../metrics/job-counts.ts'
import { processUsage } from '../../process/usage.ts'
import type { Worker } from '../../worker/worker.ts'

interface ReporterParts {
  readonly worker: Pick<Worker, 'reservedAt' | 'takesJobs' | 'wantsJobs' | 'running'>
  readonly options: Pick<WorkerOptions, 'sleepMs'>
  readonly emitter: Emitter
  readonly clock: Clock
  readonly registry: JobRegistry
  /** The queues that are paused, kept up to date. */
  readonly paused: ReadonlySet<string>
}

/** The longest pause between two tries to reach a store (5 s), and the time that one call has (5 s). */
const storeMs: Ms = 10_000

const lookEveryMs: Ms = 1_000

/** A process that did not look for so long did not run: it was blocked, frozen or asleep. */
const frozenMs: Ms = 3_000

/** Says how a worker of this process fares. */
export class Reporter {
  readonly #parts: ReporterParts
  readonly #counts: JobCounts
  #hasStarted = false
  /** When it last wanted no jobs, or did not run, as far as was looked. */
  #satedAt: Ms
  #lookedAt: Ms
  #cancel = () => {}

  constructor(parts: ReporterParts) {
    this.#parts = parts
    const { emitter, clock } = parts
    this.#counts = new JobCounts(parts)
    this.#satedAt = clock.monotonic()
    this.#lookedAt = this.#satedAt
    emitter.on('worker:start', () => {
      this.#hasStarted = true
    })
    this.#again()
  }

  report(): WorkerReport {
    const { worker, options, clock, paused } = this.#parts
    this.#look()
    const { reservedAt } = worker
    const now = clock.monotonic()
    return {
      tallies: this.#counts.tallies,
      running: this.#running(),
      paused: [...paused],
      health: {
        takesJobs: this.#hasStarted && worker.takesJobs,
        reservedMs: reservedAt === undefined ? null : now - reservedAt,
        hungryMs: now - Math.max(reservedAt ?? -Infinity, this.#satedAt),
        boundMs: options.sleepMs + storeMs,
      },
      usage: processUsage(),
    }
  }

  stop(): void {
    this.#cancel()
  }

  #running(): Record<string, number> {
    const running: Record<string, number> = {}
    for (const { queue } of this.#parts.worker.running) running[queue] = (running[queue] ?? 0) + 1
    return running
  }

  #look(): void {
    const now = this.#parts.clock.monotonic()
    if (!this.#parts.worker.wantsJobs || now - this.#lookedAt > frozenMs) this.#satedAt = now
    this.#lookedAt = now
  }

  #again(): void {
    const look = () => {
      this.#look()
      this.#again()
    }
    this.#cancel = this.#parts.clock.after(lookEveryMs, look, { unref: true })
  }
}
