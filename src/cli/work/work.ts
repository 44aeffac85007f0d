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
import { onNpmGone } from '../../process/parent.ts'
import { obeySignals, onUncaught } from '../../process/signals.ts'
import type { Worker } from '../../worker/worker.ts'
import { Exit } from '../failure.ts'
import { oneLine, safeLines } from '../output.ts'
import { redact } from '../secrets.ts'
import { contextOf } from '../session.ts'
import { stopText } from './banner.ts'
import { runsOnce, type WorkCommandFlags, workerFlags } from './flags.ts'
import { Voice } from './voice.ts'

/** How long a store may take to say goodbye. */
const closeMs: Ms = 1_000

/** Runs a worker until something stops it. Ends with the exit code of what did. */
export async function work(typed: WorkCommandFlags): Promise<void> {
  const flags = workerFlags(typed)
  const voice = new Voice(typed)
  const context = await contextOf(typed, {
    listenerFailed: (error, name) => voice.listenerFailed(error, name),
  })
  const options = checkedOptions(context, flags)
  const worker = await context.worker(flags)
  // Signals count from before the first line, so that whoever has read it can send one.
  const introduce = async () => {
    voice.introduce({ context, options, jobs: await context.jobs() })
    warnOfMemory(options, voice.log)
  }
  const causes = stopCauses(worker, options, voice.log, onNpmGone)
  const paused = pausedQueues(context)
  const reason = await run(worker, context, causes, introduce)
  if (!saysEnough(reason, typed)) voice.finish(reason, stopText(reason, options, paused))
  if (stopReasons[reason] !== 0) throw new Exit(stopReasons[reason])
}

/** One job that was run speaks for itself. */
function saysEnough(reason: StopReason, typed: WorkCommandFlags): boolean {
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

async function run(
  worker: Worker,
  context: Context,
  causes: readonly (() => void)[],
  introduce: () => void | Promise<void>,
): Promise<StopReason> {
  try {
    await introduce()
    return await worker.run()
  } finally {
    await closed(context)
    for (const end of causes) end()
  }
}

/** What stops a worker from outside; each answer takes one of them away again. */
export function stopCauses(
  worker: Worker,
  { graceMs }: WorkerOptions,
  log: Log,
  onParentGone: (gone: () => void) => () => void,
): readonly (() => void)[] {
  return [
    obeySignals(worker, { graceMs, heard: (signal, what) => log.info(`${signal}: ${signalTexts[what]}`) }),
    onParentGone(() => {
      log.warn('the process that started this worker is gone: finishing what runs')
      worker.stop('signal')
    }),
    onUncaught((error) => {
      log.error(
        { error: redact(textOf(error)) },
        safe(`nobody caught an error${during(worker)}: ${textOf(error)}`),
      )
      worker.stop('crash')
    }),
  ]
}

const signalTexts = {
  stop: 'finishing what runs; once more ends at once',
  'stop now': 'giving back what runs',
  pause: 'paused until SIGCONT',
  resume: 'resumed',
} as const

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

/** A store that is away must not keep a worker that is done. */
export async function closed(context: Context): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeMs)
  })
  await Promise.race([context.close().catch(() => undefined), late])
  clearTimeout(timer)
}

function during({ running }: Worker): string {
  const names = [...running].map(({ name, id }) => `${name} (${id})`)
  return names.length === 0 ? '' : ` while ${names.join(', ')} ran`
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `something threw ${String(error)}`
}

function safe(text: string): string {
  return oneLine(redact(safeLines(text)))
}
