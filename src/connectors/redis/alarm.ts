import type { Ms } from '../../contract/time.ts'

/** Timers ring up to so much late: the last part of the way is gone in turns of the loop. */
const turnsMs: Ms = 2
/** Timers cannot be set for longer. */
const longestMs: Ms = 2 ** 31 - 1

/**
 * Calls `ring` once at a time (monotonic ms; Infinity: never), never before and, while the loop is free, some microseconds
 * after. The answer cancels it.
 */
export function ringAt(time: Ms, ring: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let turn: NodeJS.Immediate | undefined
  const go = () => {
    const leftMs = time - performance.now()
    if (leftMs <= 0) ring()
    else if (leftMs < turnsMs) turn = setImmediate(go)
    else timer = setTimeout(go, Math.min(leftMs - turnsMs, longestMs))
  }
  if (time !== Infinity) turn = setImmediate(go)
  return () => {
    clearTimeout(timer)
    clearImmediate(turn)
  }
}
