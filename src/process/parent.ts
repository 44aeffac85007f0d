import type { Ms } from '../contract/time.ts'
import type { WorkerNews } from './worker-link.ts'

/** What the child of a listener tells it: a job began that may take so long (0: no limit), or it ended. */
export type ChildMessage =
  | { readonly kind: 'began'; readonly timeoutMs: Ms; readonly job: string }
  | { readonly kind: 'ended' }

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

/** Tells the process that started this one; says nothing when there is none. */
export function tellParent(message: ChildMessage | WorkerNews): void {
  if (process.connected) process.send?.(message, () => undefined)
}
