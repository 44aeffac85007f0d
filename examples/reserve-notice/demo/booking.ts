import { createOrderServiceReserve, type ReserveRequest } from '../services/order-service-reserve.ts'
import { SystemException } from '../services/system-exception.ts'
import type { Narrator } from './narrator.ts'

/** A line for every so many bookings. */
const step = 60

/** Books one after another, as requests come in. Answers how many were refused. */
export async function bookAll(bookings: readonly ReserveRequest[], narrator: Narrator): Promise<number> {
  let refused = 0
  let unknownAunts = 0
  for (const [place, booking] of bookings.entries()) {
    try {
      const { aunt_id } = await createOrderServiceReserve(booking)
      if (aunt_id === 0) unknownAunts += 1
    } catch (error) {
      if (!(error instanceof SystemException)) throw error
      refused += 1
      narrator.say('refused', `order ${booking.order_number}: ${error.message}`)
    }
    if ((place + 1) % step === 0)
      narrator.say('booked', `${place + 1 - refused} of ${bookings.length} bookings, ${refused} refused`)
  }
  narrator.say(
    'booked',
    `all; ${unknownAunts} without an aunt or for one nobody knows, which is no reason to refuse`,
  )
  return refused
}
