import type { Reservation } from '../contract/connector.ts'
import type { StopReason } from '../contract/events.ts'
import type { WorkerReport } from '../contract/report.ts'

/** What is wrong with a file of the jobs folder. */
interface JobFault {
  readonly files: readonly string[]
  readonly message: string
}

/** What a worker process tells the parent that keeps it. */
export type WorkerNews =
  | { readonly kind: 'loaded'; readonly jobs: number; readonly faults: readonly JobFault[] }
  /** It has reached its store, and takes jobs. */
  | { readonly kind: 'ready' }
  /** Deliveries under way, and the receipts of earlier ones that are not any more. */
  | { readonly kind: 'held'; readonly came: readonly Reservation[]; readonly went: readonly string[] }
  /** Operators asked for a restart; which one, by their count. */
  | { readonly kind: 'restart'; readonly restarts: number }
  | { readonly kind: 'stopped'; readonly reason: StopReason }
  /** How it fares: the answer to that order, and its last word on it when it has ended. */
  | { readonly kind: 'report'; readonly report: WorkerReport }

/** What a parent tells its worker processes. */
export type WorkerOrder = 'stop' | 'stop now' | 'pause' | 'resume' | 'report'

/** Calls `obey` for each order of the parent. The answer takes the listener away again. */
export function onOrder(obey: (order: WorkerOrder) => void): () => void {
  process.on('message', obey)
  return () => {
    process.off('message', obey)
  }
}
