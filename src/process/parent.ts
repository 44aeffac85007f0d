import type { Ms } from '../contract/time.ts'

/** What the child of a listener tells it: a job began that may take so long (0: no limit), or it ended. */
export type ChildMessage =
  | { readonly kind: 'began'; readonly timeoutMs: Ms; readonly job: string }
  | { readonly kind: 'ended' }

const everyMs: Ms = 1_000

/**
 * Calls `gone` once the process that started this one has died, where that matters: under a listener, and under npx and npm,
 * which end without passing the signal on. The answer ends the watch. It does not keep the process alive.
 */
export function onParentGone(gone: () => void, env = process.env): () => void {
  if (process.channel !== undefined) {
    process.once('disconnect', gone)
    process.channel?.unref()
    return () => process.off('disconnect', gone)
  }
  if (env.npm_command === undefined && env.npm_lifecycle_event === undefined) return () => undefined
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, everyMs).unref()
  return () => clearInterval(timer)
}

/** Tells the listener that started this process; says nothing when there is none. */
export function tellParent(message: ChildMessage): void {
  if (process.connected) process.send?.(message, () => undefined)
}
