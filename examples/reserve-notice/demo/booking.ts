import { setTimeout as pause } from 'node:timers/promises'
import { createOrderServiceReserve, type ReserveRequest } from '../services/order-service-reserve.ts'
import { SystemException } from '../services/system-exception.ts'
import type { Narrator } from './narrator.ts'

/** Between two bookings: they come in while the worker runs, and while it is dead. */
const intervalMs = 20
/** A line for every so many bookings. */
const step = 60
/** Refusals that are told one by one. */
const told = 4

/** Books one after another, as requests come in. Answers how many were refused. */
export async function bookAll(bookings: readonly ReserveRequest[], narrator: Narrator): Promise<number> {
  let refused = 0
  let withoutAunt = 0
  for (const [place, booking] of bookings.entries()) {
    try {
      const { aunt_id } = await createOrderServiceReserve(booking)
      if (aunt_id === 0) withoutAunt += 1
    } catch (error) {
      if (!(error instanceof SystemException)) throw error
      refused += 1
      if (refused <= told) narrator.say('refused', `order ${booking.order_number}: ${error.message}`)
    }
    const done = place + 1
    if (done % step === 0) narrator.say('booked', `${done - refused}, and ${refused} of ${done} refused`)
    await pause(intervalMs)
  }
  narrator.say('booked', `all; ${withoutAunt} of them for an aunt nobody knows, which is no reason to refuse`)
  return refused
}
