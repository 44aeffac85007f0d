import type { ReserveRequest, Settlement } from '../../contract/connector.ts'
import type { QueueKeys } from './keys.ts'
import type { Link } from './link.ts'
import { swapScript } from './lua/swap.ts'
import { forced } from './reserve.ts'
import { secondsOrNone } from './seconds.ts'
import { memberOf } from './settle.ts'

type SwapAnswer = string | [string] | 0 | 1

export interface Swapped {
  readonly wasDeleted: boolean
  /** Null: none was to be had without looking for what is due. */
  readonly member: string | null
}

/** Whether one job is to be deleted and the next one of its queue reserved. */
export function isSwap(
  batch: readonly Settlement[],
  asked: readonly string[],
  request: ReserveRequest | undefined,
): boolean {
  if (batch.length !== 1 || asked.length !== 1 || request?.limit !== 1) return false
  const { kind, reservation } = batch[0]!
  return kind === 'delete' && reservation.queue === asked[0]
}

/** Deletes it and reserves the next one, in one short call; `swapped` reads what it answers. */
export function swap(
  link: Link,
  { list, reserved, paused }: QueueKeys,
  { reservation }: Settlement,
  { expireMs, force }: ReserveRequest,
): Promise<SwapAnswer> {
  const args = [secondsOrNone(expireMs), forced(force), memberOf(reservation)]
  return link.run(swapScript, [list, reserved, paused], args) as Promise<SwapAnswer>
}

export function swapped(answer: SwapAnswer): Swapped {
  if (typeof answer === 'string') return { wasDeleted: true, member: answer }
  if (typeof answer === 'number') return { wasDeleted: answer === 1, member: null }
  return { wasDeleted: false, member: answer[0] }
}
