import type { Context } from '../../compose.ts'
import type { WorkerFlags } from '../../config/units.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import type { Reservation } from '../../contract/connector.ts'
import { ConfigError } from '../../contract/errors.ts'
import { stopReasons } from '../../contract/events.ts'
import type { LoadedJobs } from '../../jobs/load.ts'
import { ModuleFiles } from '../../process/module-files.ts'
import { nextOrder, type Sources, tellParent } from '../../process/parent.ts'
import { pulseMs } from '../../process/pulse.ts'
import type { Worker } from '../../worker/worker.ts'
import { Exit, failureOf } from '../failure.ts'
import { redact } from '../secrets.ts'
import { contextOf } from '../session.ts'
import { stopText } from './banner.ts'
import { closed } from './closing.ts'
import { type WorkCommandFlags, workerFlags } from './flags.ts'
import { Gate } from './gate.ts'
import { isolationOf } from './isolation.ts'
import { noteJobs } from './sources.ts'
import { Voice } from './voice.ts'
import { checkedOptions, stopCauses, warnOfMemory } from './work.ts'

/** Everything a child has before it may take its job. */
interface Prepared {
  readonly context: Context
  readonly flags: WorkerFlags
  readonly options: WorkerOptions
  readonly jobs: LoadedJobs
  readonly sources: Sources
}

/** The child of a listener: it loads everything ahead, and takes one job when it is told to. */
export async function listened(typed: WorkCommandFlags): Promise<void> {
  const voice = new Voice(typed)
  const prepared = await prepare(typed, voice)
  const order = nextOrder()
  void tellParent({
    kind: 'ready',
    sources: prepared.sources,
    faults: prepared.jobs.problems.map(({ message }) => redact(message)),
  })
  const told = await order
  if (told?.kind === 'go') await takeJob(prepared, voice, told.reservations)
}

/** Also opens the store: what fails there is left to the worker, which knows how to wait for one. */
async function prepare(typed: WorkCommandFlags, voice: Voice): Promise<Prepared> {
  const modules = new ModuleFiles()
  let found: Sources['jobs'] = null
  try {
    if (typed.config !== undefined) modules.note(typed.config)
    const flags = workerFlags(typed)
    const context = await contextOf(typed, {
      listenerFailed: (error, name) => voice.listenerFailed(error, name),
    })
    found = noteJobs(modules, context.config)
    const options = checkedOptions(context, flags)
    const jobs = await context.jobs()
    const broken = jobs.problems.filter(({ kind }) => kind === 'broken')
    if (broken.length > 0) throw new BrokenJobs(broken.map(({ message }) => message))
    await context
      .pull()
      .open()
      .catch(() => undefined)
    return { context, flags, options, jobs, sources: { files: modules.stamps(), jobs: found } }
  } catch (error) {
    const { exitCode, message } = failureOf(error)
    const faults = error instanceof BrokenJobs ? error.faults : [message ?? '']
    const sources = { files: modules.stamps(), jobs: found }
    await tellParent({ kind: 'failed', sources, faults: faults.map(redact) })
    throw new Exit(exitCode)
  }
}

/** A job whose module is half saved must wait for the rest: it would be buried as one that cannot run. */
class BrokenJobs extends ConfigError {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('; '))
    this.faults = faults
  }
}

async function takeJob(prepared: Prepared, voice: Voice, given: readonly Reservation[]): Promise<void> {
  const { context, flags, options, sources } = prepared
  const gate = new Gate({
    store: context.pull(),
    sources,
    given,
    tell: tellParent,
    nextOrder,
    lost: ({ id }) => voice.log.warn({ id }, `the lease of job ${id} ended before it was handed over`),
    close: () => worker.stop('once'),
  })
  const sandboxes = await isolationOf(context, options, voice.log)
  const worker: Worker = await context.worker(flags, { sandboxes }, gate.store)
  const causes = stopCauses(worker, options, voice.log, { listened: true })
  try {
    voice.listen(context)
    warnOfMemory(options, voice.log)
    tellOfRuns(prepared)
    context.emitter.on('worker:pause', () => void gate.giveBack())
    const reason = await worker.run()
    await gate.giveBack()
    if (stopReasons[reason] === 0) return
    voice.finish(reason, stopText(reason, options))
    throw new Exit(stopReasons[reason])
  } finally {
    await closed(context)
    sandboxes?.close()
    for (const end of causes) end()
  }
}

/** Tells at once when the job begins, since a job that blocks lets nothing be said later: not even that the process lives. */
function tellOfRuns({ context: { emitter }, options: { timeoutMs }, jobs: { registry } }: Prepared): void {
  let beats: NodeJS.Timeout | undefined
  emitter.on('job:processing', ({ name }) => {
    const { timeout } = registry.resolve(name)
    beats = setInterval(() => void tellParent({ kind: 'beat' }), pulseMs).unref()
    void tellParent({
      kind: 'began',
      job: name,
      timeoutMs: timeout === undefined ? timeoutMs : timeout * 1_000,
    })
  })
  for (const name of ['job:processed', 'job:error'] as const)
    emitter.on(name, () => {
      clearInterval(beats)
      void tellParent({ kind: 'ended', hasFailed: name === 'job:error' })
    })
}
