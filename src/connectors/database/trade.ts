import type { Reservation, ReserveRequest, Settlement } from '../../contract/connector.ts'
import { claimFrom, leaseEndedSince, leaseStart } from './claim.ts'
import { isDeletion, type SettleContext, settleBatch } from './settle.ts'

/** What settling and reserving in one transaction came to. */
export interface Traded {
  readonly refused: readonly Settlement[]
  readonly reserved: readonly Reservation[]
  /** Whether it was looked at whole: otherwise nothing or what cannot be counted may not be all there is. */
  readonly isWhole: boolean
}

/** Settles and reserves; one job that is reserved while others are deleted is a single round trip where the dialect can. */
export async function tradeIn(
  context: SettleContext,
  batch: readonly Settlement[],
  request: ReserveRequest,
): Promise<Traded> {
  const areDeletions = batch.every(isDeletion)
  const settling = settleBatch(context, batch)
  // What is released may be due at once; what is deleted changes nothing for the claim, and travels with it.
  if (!areDeletions) await settling
  const last = areDeletions ? claimLast(context, request) : null
  const [refused, reserved] = await Promise.all([settling, last ?? claimFrom(context, request)])
  return { refused, reserved, isWhole: last === null }
}

function claimLast(
  { dialect, tx, nowMs }: SettleContext,
  { queues, limit, expireMs }: ReserveRequest,
): Promise<readonly Reservation[]> | null {
  const [queue] = queues
  if (dialect.claimLast === undefined || queue === undefined || queues.length > 1 || limit !== 1) return null
  return dialect.claimLast(tx, {
    queue,
    now: Math.floor(nowMs / 1000),
    reservedAt: leaseStart(nowMs),
    endedSince: expireMs === null ? null : leaseEndedSince(nowMs, expireMs),
  })
}
