/** What a process is killed at, in the words of a report. */
export type Moment =
  /** The await is begun: what it waits for may have been handed out, its answer was not seen. */
  | 'at the await'
  /** What it waited for has happened, and nothing after it. */
  | 'after the await'
  /** `job.once` has noted its effect as begun, and not called its function. */
  | 'before the effect'
  /** The function of `job.once` has ended, and its effect is not noted as done. */
  | 'after the effect'
  /** The job deleted, released or failed itself or returned, and the store was not told. */
  | 'before it was settled'

/** One moment of a run. */
export interface KillPoint {
  /** `file:line:column`, absolute; without what is not known. */
  readonly place: string
  readonly moment: Moment
  /** Which time the delivery came there so: 1, 2, … */
  readonly round: number
  /** Which delivery. */
  readonly attempt: number
}

interface KillPointsParts {
  readonly attempt: number
  /** Where to kill; undefined: nowhere. */
  readonly target: KillPoint | undefined
  readonly kill: () => void
}

/** The moments that a delivery came to, in order. */
export class KillPoints {
  readonly reached: KillPoint[] = []
  readonly #parts: KillPointsParts
  readonly #rounds = new Map<string, number>()

  constructor(parts: KillPointsParts) {
    this.#parts = parts
  }

  reach(moment: Moment, place: string): void {
    const { attempt, target, kill } = this.#parts
    const key = `${moment} ${place}`
    const round = (this.#rounds.get(key) ?? 0) + 1
    this.#rounds.set(key, round)
    this.reached.push({ place, moment, round, attempt })
    if (target?.place === place && target.moment === moment && target.round === round) kill()
  }
}
