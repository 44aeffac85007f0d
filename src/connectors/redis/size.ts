import type { QueueSize } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { QueueKeys } from './keys.ts'
import type { Link } from './link.ts'
import { sizeScript } from './lua/size.ts'
import { pushedAt } from './member.ts'
import { secondsOrNone } from './seconds.ts'

/** The counts of one queue. The age of what waits is read from our ids; of what PHP pushed it is unknown. */
export async function queueSize(link: Link, keys: QueueKeys, now?: Ms): Promise<QueueSize> {
  const [at, ready, due, delayed, reserved, failed, first, firstDue] = (await link.run(
    sizeScript,
    [keys.list, keys.delayed, keys.reserved, keys.failed],
    [secondsOrNone(now)],
  )) as [string, number, number, number, number, number, string, string]
  const nowMs = Number(at) * 1000
  return {
    ready: ready + due,
    delayed,
    reserved,
    failed,
    oldestMs: oldest(
      nowMs,
      first === '' ? undefined : pushedAt(first),
      due === 0 ? undefined : Number(firstDue) * 1000,
    ),
  }
}

function oldest(nowMs: Ms, pushedMs: Ms | null | undefined, dueMs: Ms | undefined): Ms | null {
  if (pushedMs === null || (pushedMs === undefined && dueMs === undefined)) return null
  return Math.max(0, Math.round(nowMs - Math.min(pushedMs ?? Infinity, dueMs ?? Infinity)))
}
