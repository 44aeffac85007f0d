import type { Reservation, Settlement } from '../../contract/connector.ts'
import { jobId } from '../../payload.ts'
import type { QueueKeys } from './keys.ts'
import type { Argument } from './link.ts'
import { spent, unspent } from './member.ts'
import { seconds } from './seconds.ts'

/** The exact bytes by which Redis knows a delivery: its text, or for what is no UTF-8 the bytes that the receipt holds. */
export function memberOf({ body, receipt }: Reservation): Argument {
  return receipt === body ? body : Buffer.from(receipt, 'latin1')
}

/** Writes settlements as the exchange script takes them. `place` answers the number of a queue among its keys. */
export function settleArguments(
  batch: readonly Settlement[],
  place: (queue: string) => number,
  keysOf: (queue: string) => QueueKeys,
  connection: string,
  into: Argument[],
): void {
  let queue: string | undefined
  let number = 0
  let countAt = -1
  for (const settlement of batch) {
    const { reservation } = settlement
    if (reservation.queue !== queue) {
      queue = reservation.queue
      const next = place(queue)
      if (next !== number) into.push('q', next)
      number = next
      countAt = -1
    }
    const member = memberOf(reservation)
    if (settlement.kind === 'delete') {
      if (countAt === -1) countAt = into.push('d', 0) - 1
      into[countAt] = (into[countAt] as number) + 1
      into.push(member)
      continue
    }
    countAt = -1
    if (settlement.kind === 'bury')
      into.push('b', member, jobId(0), JSON.stringify({ connection, reason: settlement.reason }))
    else {
      const next =
        member !== reservation.body ? member : settlement.spend ? spent(reservation) : unspent(reservation)
      into.push('r', member, keysOf(queue).wake, seconds(settlement.delayMs), next)
    }
  }
}
