import type { Reservation, ReserveRequest } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import { claimCountable, releaseExpired, type SettleContext } from './settle.ts'

/** Reserves what is due, queues in their order, jobs whose lease ended among it. */
export async function claimFrom(
  context: SettleContext,
  { queues, limit, expireMs }: ReserveRequest,
): Promise<Reservation[]> {
  const { nowMs } = context
  const reserved: Reservation[] = []
  for (const queue of queues) {
    const left = limit - reserved.length
    if (left <= 0) break
    const claim = (limit: number) => claimCountable(context, queue, limit, leaseStart(nowMs))
    const freeing = expireMs === null ? 0 : releaseExpired(context, queue, leaseEndedSince(nowMs, expireMs))
    const [freed, claimed] = await Promise.all([freeing, claim(left)])
    if (freed > 0 && claimed.length < left) claimed.push(...(await claim(left - claimed.length)))
    if (reserved.length === 0 && claimed.length === left) return claimed
    reserved.push(...claimed)
  }
  return reserved
}

/** Leases begin at the next whole second, so that none is shorter than was asked for. */
export function leaseStart(nowMs: Ms): number {
  return Math.ceil(nowMs / 1000)
}

/** Leases that began at that second or before have ended. */
export function leaseEndedSince(nowMs: Ms, expireMs: Ms): number {
  return Math.floor((nowMs - expireMs) / 1000)
}
