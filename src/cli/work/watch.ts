import type { Context } from '../../compose.ts'
import { backoffFor, type WorkerFlags } from '../../config/units.ts'
import type { ConnectionConfig, WorkerOptions } from '../../contract/config.ts'
import type { Backoff } from '../../contract/job.ts'
import type { Ms } from '../../contract/time.ts'
import type { JobWatch } from '../../contract/watch.ts'
import type { Log } from '../../process/log.ts'
import { builtScript } from '../../process/own-package.ts'
import type { SharedMemory } from '../../watchdog/layout.ts'
import { SharedJobs } from '../../watchdog/shared-jobs.ts'
import { KeptThread } from './kept-thread.ts'
import type { VoiceData } from './watchdog-voice.ts'

/** What the thread is given. */
export interface WatchdogData {
  readonly memory: SharedMemory
  readonly beatMs: Ms
  readonly expireMs: Ms | null
  readonly retry: { readonly tries: number; readonly backoff: Backoff }
  readonly store: { readonly name: string; readonly root: string; readonly connection: ConnectionConfig }
  readonly voice: VoiceData
}

/** The jobs in hand as the thread sees them, until `stop`. */
export interface Watch {
  readonly jobs: JobWatch
  /** The process has to have ended after so long, whatever the loop does. */
  endIn(delayMs: Ms): void
  stop(): void
}

interface WatchParts {
  readonly context: Context
  readonly flags: WorkerFlags
  readonly options: WorkerOptions
  readonly voice: VoiceData
  readonly log: Log
}

/** A job's lease is renewed late by at most so much of its length. */
const beatsOfALease = 12
const longestBeatMs: Ms = 250
const shortestBeatMs: Ms = 20

/** Texts of jobs in hand; memory is taken as it is written to. */
const textBytes = 16 * 1024 * 1024

/** Enough to connect to a store; without limits a thread takes more than it needs. */
const threadMemory = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 }

/** What ended one, such as a want of file descriptors, may have passed by then. */
const againMs: Ms = 5_000

/** Nobody but this process has the jobs. */
const ofTheProcess = ['memory', 'sync']

/**
 * Starts the thread that looks after the jobs in hand while the loop is blocked. Undefined for a store that dies with this process,
 * and, with a warning, where the connection cannot be made a second time.
 */
export function startWatch({ context, flags, options, voice, log }: WatchParts): Watch | undefined {
  const { name, connection, config, clock } = context
  if (ofTheProcess.includes(connection.connector)) return undefined
  const beatMs = Math.min(
    longestBeatMs,
    Math.max(shortestBeatMs, (options.expireMs ?? Infinity) / beatsOfALease),
  )
  let thread: KeptThread | undefined
  const capacity = 4 * (options.concurrency + (options.prefetch ?? 4 * options.concurrency)) + 1_000
  const jobs = new SharedJobs({
    clock,
    capacity,
    textBytes,
    beatMs,
    tell: (notice) => thread?.tell(notice),
  })
  const workerData: WatchdogData = {
    memory: jobs.memory,
    beatMs,
    expireMs: options.expireMs,
    retry: { tries: options.tries, backoff: backoffFor(config, flags) },
    store: { name, root: config.root, connection },
    voice,
  }
  try {
    thread = new KeptThread({
      script: builtScript('cli/work/watchdog-thread'),
      options: { workerData, name: 'watchdog', resourceLimits: threadMemory },
      clock,
      againMs,
      ended: (error) =>
        log.error(
          `the watchdog ended: ${error.message}; the next one starts in ${againMs / 1_000} s, until then no lease is renewed while a job blocks the process`,
        ),
    })
  } catch (error) {
    log.warn(
      `no watchdog: the connection "${name}" has options that no other thread can be given (${(error as Error).message}); while a job blocks the process its lease is not renewed`,
    )
    return undefined
  }
  return {
    jobs,
    endIn: (delayMs) => jobs.endIn(delayMs),
    stop() {
      jobs.stop()
      thread?.stop()
    },
  }
}
