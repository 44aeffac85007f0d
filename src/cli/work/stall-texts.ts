import type { Ms } from '../../contract/time.ts'
import { duration } from '../output.ts'

/** Of a job that lets nothing else run, while it does. */
export function blocksText(who: string, blockedMs: Ms): string {
  return `${who} blocks its process: nothing else has run for ${duration(blockedMs)}`
}

/** When it is over. */
export function blockedText(who: string, blockedMs: Ms): string {
  return `${who} blocked its process for ${duration(blockedMs)}`
}
