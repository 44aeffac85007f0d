import type { Clock, Ms } from '../contract/time.ts'

/** In so many parts a wait is counted; of one in which the process stood still, the rest was not waited. */
const parts = 10

/**
 * Calls `fn` after a wait of `delayMs` in which the process was frozen, or its event loop stood still, for no more than a tenth.
 * Returns what calls it off.
 */
export function afterAwake(clock: Clock, delayMs: Ms, fn: () => void): () => void {
  let waited = 0
  let cancel = () => {}
  const wait = () => {
    cancel = clock.after(delayMs / parts, () => (++waited === parts ? fn() : wait()))
  }
  wait()
  return () => cancel()
}
