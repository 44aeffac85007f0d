import type { JobTally, WorkerReport } from '../contract/report.ts'
import type { Seconds } from '../contract/time.ts'
import { Tallies } from './tallies.ts'

/** What the workers behind one endpoint say. */
export interface Reports {
  /** Of those that run now. */
  readonly workers: readonly WorkerReport[]
  /** Of those that have ended: counts must not go back when a worker is replaced. */
  readonly ended: Ended
}

/** What workers that have ended had counted. */
export class Ended {
  readonly tallies = new Tallies()
  cpu: Seconds = 0

  add({ tallies, usage }: Pick<WorkerReport, 'tallies' | 'usage'>): void {
    this.tallies.add(tallies)
    this.cpu += usage.cpu
  }
}

/** All that was counted, of workers that run and that have ended. */
export function talliesOf({ workers, ended }: Reports): readonly JobTally[] {
  const all = new Tallies()
  all.add(ended.tallies)
  for (const { tallies } of workers) all.add(tallies)
  return [...all]
}
