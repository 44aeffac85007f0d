import type { Context } from '../../compose.ts'
import { type WorkerFlags, workerOptions } from '../../config/units.ts'
import type { WorkerOptions } from '../../contract/config.ts'
import { ConfigError } from '../../contract/errors.ts'
import { type StopReason, stopReasons } from '../../contract/events.ts'
import type { Ms } from '../../contract/time.ts'
import { discoverJobs } from '../../jobs/discover.ts'
import { checkQueueName } from '../../payload.ts'
import type { Log } from '../../process/log.ts'
import { processMemory } from '../../process/memory.ts'
import { onListenerGone, onNpmGone } from '../../process/parent.ts'
import { obeySignals } from '../../process/signals.ts'
import type { Worker } from '../../worker/worker.ts'
import { Exit } from '../failure.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { Told } from '../http/tell-of-worker.ts'
import { type HttpWanted, httpWanted } from '../http/wanted.ts'
import { obeyParent, parent, reportTo } from '../pool/member.ts'
import { planOf } from '../pool/plan.ts'
import { contextOf } from '../session.ts'
import { stopText } from './banner.ts'
import { closed } from './closing.ts'
import { crashCauses } from './crashes.ts'
import { doingsOf, Taken } from './doings.ts'
import { runsOnce, type WorkCommandFlags, workerFlags } from './flags.ts'
import { isolationOf } from './isolation.ts'
import { Presence } from './presence.ts'
import { signalTexts } from './signal-texts.ts'
import { Voice } from './voice.ts'
import { startWatch, type Watch } from './watch.ts'

/** The watchdog ends the process so much later than the process would by itself. */
const watchdogLagMs: Ms = 1_000

/** Runs a worker until something stops it. Ends with the exit code of what did. */
export async function work(typed: WorkCommandFlags): Promise<void> {
  const flags = workerFlags(typed)
  const voice = new Voice(typed)
  const context = await contextOf(typed, {
    listenerFailed: (error, name) => voice.listenerFailed(error, name),
  })
  const options = checkedOptions(context, flags)
  const plan = planOf({ typed, flags, context, options })
  const wanted = httpWanted(typed, context.config)
  const endpoint = wanted && !typed.pooled ? await endpointOn(wanted, voice.log) : undefined
  if (plan !== null) {
    const { supervise } = await import('../pool/supervise.ts')
    return supervise({ typed, context, options, voice, plan, endpoint })
  }
  const watch = startWatch({ context, flags, options, voice: voice.look, log: voice.log })
  const sandboxes = await isolationOf(context, options, voice.log)
  const overseer = typed.pooled && parent
  const presence = new Presence({ context, options, typed, log: voice.log, command: 'work' })
  const taken = new Taken()
  const admit = typed.exclusive && !typed.pooled ? () => presence.beAlone() : undefined
  const worker = await context.worker(flags, {
    watch: watch?.jobs,
    overseer,
    sandboxes,
    admit,
    took: taken.add,
    signalled: () => presence.sayNow(),
  })
  const doings = doingsOf(worker, taken, context)
  if (!options.once) sandboxes?.warm()
  // Signals count from before the first line, so that whoever has read it can send one.
  const introduce = async () => {
    const jobs = await context.jobs()
    const { registry, problems } = jobs
    if (typed.pooled) reportTo(context, jobs)
    else voice.introduce({ context, options, jobs: registry.entries.length, faults: problems })
    voice.listen(context)
    warnOfMemory(options, voice.log)
  }
  context.emitter.on('worker:start', () => {
    presence.begin(doings)
    if (!typed.pooled && !options.once) void presence.sayWhoElse()
  })
  const paused = pausedQueues(context)
  const hush = wanted && (await tellOf({ worker, context, options, paused, endpoint }))
  const causes = [...stopCauses(worker, options, voice.log, typed, watch), ...(hush ? [hush] : [])]
  const reason = await run(worker, context, { presence, causes, introduce })
  watch?.stop()
  sandboxes?.close()
  if (!saysEnough(reason, typed)) voice.finish(reason, stopText(reason, options, paused))
  if (stopReasons[reason] !== 0) throw new Exit(stopReasons[reason])
}

/** Loaded, as what is told there, only where it is wanted. */
async function endpointOn(wanted: HttpWanted, log: Log): Promise<Endpoint> {
  const { Endpoint } = await import('../http/endpoint.ts')
  const endpoint = new Endpoint()
  await endpoint.open(wanted, log)
  return endpoint
}

async function tellOf(told: Told): Promise<() => void> {
  const { tellOfWorker } = await import('../http/tell-of-worker.ts')
  return tellOfWorker(told)
}

/** One job that was run speaks for itself, and a parent says why all of its workers end. */
function saysEnough(reason: StopReason, typed: WorkCommandFlags): boolean {
  if (typed.pooled) return reason === 'signal' || reason === 'empty'
  return reason === 'once' && runsOnce(typed)
}

/** The queues that are paused, kept up to date. */
function pausedQueues({ emitter }: Context): ReadonlySet<string> {
  const paused = new Set<string>()
  emitter.on('worker:pause', ({ queues }) => {
    for (const queue of queues) paused.add(queue)
  })
  emitter.on('worker:resume', ({ queues }) => {
    for (const queue of queues) paused.delete(queue)
  })
  return paused
}

/**
 * The plan of a worker on this connection. Throws a `ConfigError`, for a queue that cannot be named so too, and where there is
 * no jobs folder: such a worker would bury every job as unknown.
 */
export function checkedOptions(context: Context, flags: WorkerFlags): WorkerOptions {
  const options = workerOptions(context.config, context.connection, flags)
  options.queues.forEach(checkQueueName)
  const { jobs, file } = context.config
  if (discoverJobs(jobs) === null)
    throw new ConfigError(
      `there is no jobs folder ${jobs}: set \`jobs\` in ${file ?? 'a queue.config.ts'}, or let queue init make one`,
    )
  return options
}

/** What a run has around it. */
interface Surroundings {
  readonly presence: Presence
  readonly causes: readonly (() => void)[]
  readonly introduce: () => Promise<void>
}

async function run(
  worker: Worker,
  context: Context,
  { presence, causes, introduce }: Surroundings,
): Promise<StopReason> {
  try {
    await introduce()
    return await worker.run()
  } finally {
    await presence.end()
    await closed(context)
    for (const end of causes) end()
  }
}

/** What stops a worker from outside; each answer takes one of them away again. */
export function stopCauses(
  worker: Worker,
  { graceMs }: WorkerOptions,
  log: Log,
  { listened, pooled }: Pick<WorkCommandFlags, 'listened' | 'pooled'>,
  watch?: Watch,
): readonly (() => void)[] {
  const heard = (signal: NodeJS.Signals, what: keyof typeof signalTexts) =>
    log.info(`${signal}: ${signalTexts[what]}`)
  const endsIn = (delayMs: Ms) => watch?.endIn(delayMs + watchdogLagMs)
  const onParentGone = listened || pooled ? onListenerGone : onNpmGone
  return [
    ...(pooled ? obeyParent(worker, log) : [obeySignals(worker, { graceMs, heard, endsIn })]),
    onParentGone(() => {
      log.warn('the process that started this worker is gone: finishing what runs')
      worker.stop('signal')
    }),
    ...crashCauses(worker, log),
  ]
}

export function warnOfMemory({ memoryBytes }: WorkerOptions, log: Log): void {
  if (memoryBytes <= 0 || processMemory.used() <= memoryBytes) return
  processMemory.collect()
  const used = processMemory.used()
  if (used <= memoryBytes) return
  const megabytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024)
  log.warn(
    `the worker starts with ${megabytes(used)} MB in use, above --memory ${megabytes(memoryBytes)}: it will end at once; give it more`,
  )
}
