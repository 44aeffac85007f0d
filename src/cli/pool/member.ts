import type { Context } from '../../compose.ts'
import type { WorkerReport } from '../../contract/report.ts'
import type { LoadedJobs } from '../../jobs/load.ts'
import type { Log } from '../../process/log.ts'
import { tellParent } from '../../process/parent.ts'
import { onStopSignal, type Signalled } from '../../process/signals.ts'
import { onOrder, type WorkerOrder } from '../../process/worker-link.ts'
import type { Overseer } from '../../worker/oversight.ts'

/** The parent of a worker that is one of several. */
export const parent: Overseer = {
  held: (came, went) => tellParent({ kind: 'held', came, went }),
  restarted: (restarts) => tellParent({ kind: 'restart', restarts }),
}

/** The parent speaks for all: it is told what was found in the jobs folder, and when this worker takes jobs and ends. */
export function reportTo({ emitter }: Context, { registry, problems }: LoadedJobs): void {
  const faults = problems.map(({ files, message }) => ({ files, message }))
  tellParent({ kind: 'loaded', jobs: registry.entries.length, faults })
  emitter.on('worker:start', () => tellParent({ kind: 'ready' }))
  emitter.on('worker:stop', ({ reason }) => tellParent({ kind: 'stopped', reason }))
}

/** Tells the parent how this worker fares whenever it asks, and once more at the end. The answer ends that. */
export function reportToParent({ emitter }: Context, report: () => WorkerReport): () => void {
  const tell = () => void tellParent({ kind: 'report', report: report() })
  emitter.on('worker:stop', tell)
  return onOrder((order) => {
    if (order === 'report') tell()
  })
}

/**
 * Obeys the orders of the parent, and a stop signal sent to this worker alone. Only the parent can say "now": systemd sends its
 * signal to parent and children at once, so that two of them mean no more than one.
 */
export function obeyParent(worker: Signalled, log: Log): readonly (() => void)[] {
  const orders = {
    stop: () => worker.stop('signal'),
    'stop now': () => worker.stopNow('signal'),
    pause: () => worker.quiet(),
    resume: () => worker.resume(),
  }
  const obey = (order: WorkerOrder) => {
    if (order === 'report') return
    orders[order]()
    log.debug(`told to ${order}`)
  }
  return [onOrder(obey), onStopSignal(orders.stop)]
}
