import type { JobEvent } from '../contract/events.ts'
import type { JobRegistry } from '../contract/job.ts'
import type { JobTally } from '../contract/report.ts'
import type { Clock, Ms } from '../contract/time.ts'
import type { Emitter } from '../emitter.ts'
import { firstPushedAt } from '../payload.ts'
import { durationBounds, observe, waitBounds } from './spread.ts'
import { Tallies } from './tallies.ts'
import type { OpenTally } from './tally.ts'

interface CountParts {
  readonly emitter: Emitter
  readonly registry: Pick<JobRegistry, 'resolve'>
  readonly clock: Pick<Clock, 'wall'>
}

/** What a name is called that no job has: there may be endlessly many of them. */
const unknown = 'unknown'

/** Spellings remembered: PHP's leave room for endless ones of the same job. */
const spellingsKept = 1_000

/** Counts what becomes of jobs, from the moment it is made. */
export class JobCounts {
  readonly #parts: CountParts
  readonly #tallies = new Tallies()
  readonly #jobs = new Map<string, string>()

  constructor(parts: CountParts) {
    this.#parts = parts
    const { emitter } = parts
    emitter.on('job:processed', (event) => {
      const tally = this.#of(event)
      tally.processed[event.outcome]++
      this.#ran(tally, event, event.durationMs)
    })
    emitter.on('job:error', (event) => {
      const tally = this.#of(event)
      tally.errors++
      this.#ran(tally, event, event.durationMs)
    })
    emitter.on('job:failed', (event) => {
      this.#of(event).failed++
    })
    emitter.on('job:lost', (event) => {
      this.#of(event).lost++
    })
  }

  get tallies(): readonly JobTally[] {
    return [...this.#tallies]
  }

  #of({ queue, name }: JobEvent): OpenTally {
    return this.#tallies.of(queue, this.#jobs.get(name) ?? this.#jobNamed(name))
  }

  #jobNamed(name: string): string {
    if (this.#jobs.size >= spellingsKept) this.#jobs.clear()
    const job = this.#resolved(name)
    this.#jobs.set(name, job)
    return job
  }

  #resolved(name: string): string {
    try {
      return this.#parts.registry.resolve(name).name
    } catch {
      return unknown
    }
  }

  #ran(tally: OpenTally, { reservation }: JobEvent, durationMs: Ms): void {
    observe(tally.durations, durationBounds, durationMs / 1_000)
    const pushedAt = firstPushedAt(reservation)
    if (pushedAt === null) return
    const waitedMs = this.#parts.clock.wall() - durationMs - pushedAt
    observe(tally.waits, waitBounds, Math.max(0, waitedMs) / 1_000)
  }
}
