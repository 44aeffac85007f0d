import type { Context } from '../../compose.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import { Ended } from '../../metrics/reports.ts'
import type { Worker } from '../../worker/worker.ts'
import { reportToParent } from '../pool/member.ts'
import { aboutOf } from './about.ts'
import type { Endpoint } from './endpoint.ts'
import { Reporter } from './reporter.ts'

export interface Told {
  readonly worker: Worker
  readonly context: Context
  readonly options: WorkerOptions
  /** The queues that are paused, kept up to date. */
  readonly paused: ReadonlySet<string>
  /** Of this process; undefined: the parent has it. */
  readonly endpoint: Endpoint | undefined
}

/** Counts what a worker does, and tells whoever asks. The answer ends that. */
export async function tellOfWorker({
  worker,
  context,
  options,
  paused,
  endpoint,
}: Told): Promise<() => void> {
  const { emitter, clock } = context
  const { registry } = await context.jobs()
  const reporter = new Reporter({ worker, options, emitter, clock, registry, paused })
  const report = () => reporter.report()
  const ended = new Ended()
  endpoint?.tellOf({
    reports: () => ({ workers: [report()], ended }),
    connector: context.pull(),
    clock,
    queues: options.queues,
    about: aboutOf(context),
  })
  const hush = endpoint === undefined ? reportToParent(context, report) : () => endpoint.close()
  return () => {
    reporter.stop()
    hush()
  }
}
