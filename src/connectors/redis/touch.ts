import type { Reservation } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { byQueue, chunks } from './groups.ts'
import type { Keys } from './keys.ts'
import type { Argument, Link } from './link.ts'
import { mostMoved } from './lua/exchange.ts'
import { touchScript } from './lua/touch.ts'
import { secondsOrNone } from './seconds.ts'
import { memberOf } from './settle.ts'

/** Renews leases; answers the refused. On a cluster each queue is asked by itself. */
export async function touch(
  link: Link,
  keys: Keys,
  batch: readonly Reservation[],
  expireMs: Ms | null,
  now?: Ms,
): Promise<readonly Reservation[]> {
  const groups = link.isCluster ? byQueue(batch).values() : [batch]
  const refused: Reservation[] = []
  for (const group of groups) {
    for (const part of chunks(group, mostMoved))
      refused.push(...(await touchSome(link, keys, part, expireMs, now)))
  }
  return refused
}

async function touchSome(
  link: Link,
  keys: Keys,
  batch: readonly Reservation[],
  expireMs: Ms | null,
  now?: Ms,
): Promise<readonly Reservation[]> {
  const queues: string[] = []
  const args: Argument[] = [secondsOrNone(now), secondsOrNone(expireMs)]
  let last: string | undefined
  for (const reservation of batch) {
    if (reservation.queue !== last) {
      last = reservation.queue
      if (!queues.includes(last)) queues.push(last)
      args.push('q', queues.indexOf(last))
    }
    args.push('m', memberOf(reservation))
  }
  const reserved = queues.map((queue) => keys.of(queue).reserved)
  const refused = (await link.run(touchScript, reserved, args)) as number[]
  return refused.map((position) => batch[position - 1]!)
}
