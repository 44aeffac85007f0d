import { AssertionError } from 'node:assert'
import { inspect } from 'node:util'
import type { Outcome } from '../contract/events.ts'
import type { Moment } from './trial/kill-point.ts'

/** One kill, and what came of it. */
export interface JobTrial {
  /**
   * Where the job was killed: `file:line:column` of an await, or of a call of its job; without the column in a file that was transpiled
   * where a line has several, and the file alone for the end of its run.
   */
  readonly place: string
  readonly killed: Moment
  /** Which time it came there so in that delivery, and in which delivery: both count from 1. */
  readonly round: number
  readonly attempt: number
  /** False: it did not come there this time. It behaves differently from run to run, and nothing is known of this kill. */
  readonly wasKilled: boolean
  /** How many deliveries there were, and how the last one ended. */
  readonly deliveries: number
  readonly outcome: Outcome
  /** What the last one threw. */
  readonly error?: unknown
  /** What `effects` answered at the end. */
  readonly effects: unknown
  /** Whether the effects are those of an undisturbed run. */
  readonly isOnce: boolean
}

interface JobReportParts {
  readonly file: string
  readonly awaits: number
  readonly expected: unknown
  readonly trials: readonly JobTrial[]
}

/** What became of a job that was killed wherever it could be. */
export class JobReport {
  /** Awaits that an undisturbed run began, each time counted. */
  readonly awaits: number
  /** The effects of an undisturbed run. */
  readonly expected: unknown
  readonly trials: readonly JobTrial[]
  /** The kills that changed the effects: repeated or lost them. */
  readonly changed: readonly JobTrial[]
  /** The kills that did not come about, because the job did something else that time. */
  readonly unreached: readonly JobTrial[]
  readonly #file: string

  constructor({ file, awaits, expected, trials }: JobReportParts) {
    this.#file = file
    this.awaits = awaits
    this.expected = expected
    this.trials = trials
    this.changed = trials.filter(({ wasKilled, isOnce }) => wasKilled && !isOnce)
    this.unreached = trials.filter(({ wasKilled }) => !wasKilled)
  }

  /** Throws an `AssertionError` that names each kill that changed the effects, or that did not come about. */
  assertOnce(): void {
    const [first] = [...this.changed, ...this.unreached]
    if (first === undefined) return
    const lines = [
      `${this.#file}: ${this.changed.length} of ${this.trials.length} kills changed the effects`,
      `  expected ${shown(this.expected)}`,
      ...this.changed.map((trial) => `${whereOf(trial)}\n  actual   ${shown(trial.effects)}${endOf(trial)}`),
      ...this.unreached.map(
        (trial) => `${whereOf(trial)}\n  it did not come there again: the job is not the same in each run`,
      ),
    ]
    throw new AssertionError({
      message: lines.join('\n'),
      actual: first.effects,
      expected: this.expected,
      operator: 'assertOnce',
      stackStartFn: this.assertOnce,
    })
  }
}

function whereOf({ place, killed, round, attempt }: JobTrial): string {
  const times = round === 1 ? '' : `, time ${round}`
  return `${place} (killed ${killed}${times}${attempt === 1 ? '' : `, in delivery ${attempt}`})`
}

function endOf({ outcome, deliveries, error }: JobTrial): string {
  if (outcome === 'deleted') return ''
  const threw = error === undefined ? '' : `, threw ${error instanceof Error ? error.message : shown(error)}`
  return ` (${outcome} after ${deliveries === 1 ? 'one delivery' : `${deliveries} deliveries`}${threw})`
}

function shown(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Infinity, maxArrayLength: 20 })
}
