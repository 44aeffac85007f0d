import type { Reservation } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { Keys } from './keys.ts'
import type { Argument, Link } from './link.ts'
import { mostMoved } from './lua/exchange.ts'
import { touchScript } from './lua/touch.ts'
import { memberOf, seconds } from './settle.ts'

/** Renews leases; answers the refused. On a cluster each queue is asked by itself. */
export async function touch(
  link: Link,
  keys: Keys,
  batch: readonly Reservation[],
  expireMs: Ms | null,
  now?: Ms,
): Promise<readonly Reservation[]> {
  const groups = link.isCluster ? byQueue(batch) : [batch]
  const refused: Reservation[] = []
  for (const group of groups) {
    for (let at = 0; at < group.length; at += mostMoved)
      refused.push(...(await touchSome(link, keys, group.slice(at, at + mostMoved), expireMs, now)))
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
  const args: Argument[] = [now === undefined ? '' : seconds(now), expireMs === null ? '' : seconds(expireMs)]
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

function byQueue(batch: readonly Reservation[]): readonly (readonly Reservation[])[] {
  const groups = new Map<string, Reservation[]>()
  for (const reservation of batch) {
    const known = groups.get(reservation.queue)
    if (known === undefined) groups.set(reservation.queue, [reservation])
    else known.push(reservation)
  }
  return [...groups.values()]
}
