import type { Ms } from '../../contract/time.ts'

/** Milliseconds as Redis keeps time. */
export function seconds(ms: Ms): string {
  return String(ms / 1000)
}

/** The same for an argument that may be left empty: no time given, a lease without end. */
export function secondsOrNone(ms: Ms | null | undefined): string {
  return ms == null ? '' : seconds(ms)
}
