import type { Reservation } from '../contract/connector.ts'
import type { Ms } from '../contract/time.ts'
import type { FileStamps } from './file-stamps.ts'
import type { WorkerNews } from './worker-link.ts'

/** What a process has loaded of the project. */
export interface Sources {
  readonly files: FileStamps
  /** The jobs folder, absolute, and the job files in it; null: nobody got that far. */
  readonly jobs: { readonly folder: string; readonly files: readonly string[] } | null
}

/** What the child of a listener tells it. */
export type ChildMessage =
  /** All is loaded, but for these faults of single jobs; it waits for `go`. */
  | { readonly kind: 'ready'; readonly sources: Sources; readonly faults: readonly string[] }
  /** It cannot start. */
  | { readonly kind: 'failed'; readonly sources: Sources; readonly faults: readonly string[] }
  /** It has these, one job, and will take no other. */
  | { readonly kind: 'took'; readonly reservations: readonly Reservation[] }
  /** A run began that may take so long (0: no limit), or it ended. */
  | { readonly kind: 'began'; readonly timeoutMs: Ms; readonly job: string }
  | { readonly kind: 'ended'; readonly hasFailed: boolean }
  /** While a run goes on: its event loop lives. */
  | { readonly kind: 'beat' }
  /** It has a job, which it must not run, since this file is no longer what it loaded; it waits for `hand-over` or `keep`. */
  | { readonly kind: 'stale'; readonly file: string }
  /** The deliveries that were asked for: from now on it has none. */
  | { readonly kind: 'handed'; readonly reservations: readonly Reservation[] }

/** What a listener tells its child. */
export type ParentMessage =
  /** Take a job; these before all others. */
  | { readonly kind: 'go'; readonly reservations: readonly Reservation[] }
  | { readonly kind: 'hand-over' }
  /** Nobody else can run it: give it back to the store. */
  | { readonly kind: 'keep' }

const everyMs: Ms = 1_000

/**
 * Calls `gone` once the process that started this one and keeps it has died, or at once when it has. The answer ends the watch. It does
 * not keep the process alive.
 */
export function onListenerGone(gone: () => void): () => void {
  if (!process.connected) {
    gone()
    return () => undefined
  }
  process.once('disconnect', gone)
  process.channel?.unref()
  return () => process.off('disconnect', gone)
}

/** What the listener says next; null once it is gone. It keeps the process alive meanwhile. */
export function nextOrder(): Promise<ParentMessage | null> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve(null)
    const end = (order: ParentMessage | null) => {
      process.off('message', heard)
      process.off('disconnect', gone)
      process.channel?.unref()
      resolve(order)
    }
    const heard = (order: unknown) => end(order as ParentMessage)
    const gone = () => end(null)
    process.on('message', heard)
    process.on('disconnect', gone)
    process.channel?.ref()
  })
}

/**
 * Calls `gone` once npx or npm, which end without passing a signal on, have died, if this process was started by them. The
 * answer ends the watch. It does not keep the process alive.
 */
export function onNpmGone(gone: () => void, env = process.env): () => void {
  if (env.npm_command === undefined && env.npm_lifecycle_event === undefined) return () => undefined
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, everyMs).unref()
  return () => clearInterval(timer)
}

/** Tells the process that started this one; resolves when it is out. Says nothing when there is none. */
export function tellParent(message: ChildMessage | WorkerNews): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve())
    else resolve()
  })
}
