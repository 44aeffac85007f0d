import {
  parseBackoff,
  parseCount,
  parseIsolation,
  parsePositiveCount,
  parseSeconds,
  type WorkerFlags,
} from '../../config/units.ts'
import type { GlobalFlags } from '../commands.ts'

/** What commander read, texts as they were typed. */
export type WorkCommandFlags = GlobalFlags & {
  readonly [Key in TextFlag]?: string | undefined
} & { readonly [Key in Switch]?: true | undefined }

type TextFlag =
  | 'queue'
  | 'tries'
  | 'timeout'
  | 'delay'
  | 'backoff'
  | 'concurrency'
  | 'processes'
  | 'pool'
  | 'prefetch'
  | 'sleep'
  | 'rest'
  | 'memory'
  | 'maxJobs'
  | 'maxTime'
  | 'grace'
  | 'name'
  | 'isolate'
  | 'http'

type Switch =
  | 'daemon'
  | 'once'
  | 'stopWhenEmpty'
  | 'force'
  | 'exclusive'
  | 'quiet'
  | 'verbose'
  | 'json'
  | 'listened'
  | 'pooled'

type Reader = (text: string, name: string) => unknown

const readers: readonly (readonly [key: keyof WorkerFlags & TextFlag, flag: string, read: Reader])[] = [
  ['tries', '--tries', parseCount],
  ['timeout', '--timeout', parseSeconds],
  ['delay', '--delay', parseSeconds],
  ['backoff', '--backoff', parseBackoff],
  ['concurrency', '--concurrency', parsePositiveCount],
  ['prefetch', '--prefetch', parseCount],
  ['sleep', '--sleep', parseSeconds],
  ['rest', '--rest', parseSeconds],
  ['memory', '--memory', parseCount],
  ['maxJobs', '--max-jobs', parseCount],
  ['maxTime', '--max-time', parseSeconds],
  ['grace', '--grace', parseSeconds],
  ['isolate', '--isolate', parseIsolation],
]

/** The flags as the worker takes them. Throws a `ConfigError` naming the flag that cannot be read. */
export function workerFlags(typed: WorkCommandFlags): WorkerFlags {
  const read: Record<string, unknown> = {}
  for (const [key, flag, reader] of readers) {
    const text = typed[key]
    if (text !== undefined) read[key] = reader(text, flag)
  }
  return {
    ...read,
    ...(typed.queue === undefined ? {} : { queue: typed.queue }),
    once: runsOnce(typed),
    stopWhenEmpty: typed.stopWhenEmpty ?? false,
    force: typed.force ?? false,
  }
}

/** One job unless told to keep running; an end that is far off says so too. */
export function runsOnce({ once, daemon, maxJobs, maxTime, stopWhenEmpty }: WorkCommandFlags): boolean {
  return once ?? !(daemon || stopWhenEmpty || Number(maxJobs ?? 0) > 0 || Number(maxTime ?? 0) > 0)
}
