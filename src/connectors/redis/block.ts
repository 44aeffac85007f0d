import { type RetryPolicy, reconnectPolicy } from '../../contract/retry.ts'
import type { Ms } from '../../contract/time.ts'
import type { Link } from './link.ts'

/** Without an answer so long after its end the connection of a blocking call is dead. */
export const blockGraceMs: Ms = 1_000

/** Between attempts while a connection cannot block, or is about to come back. */
export const blockBrake: RetryPolicy = reconnectPolicy(50, 1_000)

/** Blocks until the list has a head or the time is up, and takes nothing: what it finds it puts back. Answers the head, or null. */
export function blockOn(link: Link, list: string, blockMs: Ms): Promise<unknown> {
  return link.send('BLMOVE', [list, list, 'LEFT', 'LEFT', blockMs / 1_000], blockMs + blockGraceMs)
}
