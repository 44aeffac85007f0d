import type { Run } from './history.ts'

/** The runs of one process. */
type Process = readonly Run[]

/** Who had room for another job, by what the processes wrote. */
export class Slots {
  readonly #processes: readonly Process[]
  readonly #concurrency: number

  constructor(began: readonly Run[], concurrency: number) {
    const pids = [...new Set(began.map(({ pid }) => pid))]
    this.#processes = pids.map((pid) => began.filter((run) => run.pid === pid))
    this.#concurrency = concurrency
  }

  /** Whether a process that worked before and after ran fewer than it may. */
  areFree(at: number): boolean {
    return this.#processes.some(
      (runs) => isBefore(runs, at) && isAfter(runs, at) && underWay(runs, at) < this.#concurrency,
    )
  }
}

function isBefore(runs: Process, at: number): boolean {
  return runs.some(({ beganAt }) => beganAt <= at)
}

function isAfter(runs: Process, at: number): boolean {
  return runs.some(({ beganAt, againAt = 0, doneAt = 0 }) => Math.max(beganAt, againAt, doneAt) >= at)
}

function underWay(runs: Process, at: number): number {
  const ended = ({ againAt, deletedAt }: Run) => againAt ?? deletedAt ?? Infinity
  return runs.filter((run) => run.beganAt <= at && ended(run) > at).length
}
