import { randomInt } from 'node:crypto'
import type { Executor, Transaction } from 'thinkq/database'
import { words } from '../words.ts'
import { insert } from './insert.ts'

/** Booked, and waiting for the day of service. */
export const STATUS_STAY_SERVICE = 1

export interface OrderServiceReserve {
  readonly id: number
  readonly reservation_number: string
  readonly order_id: number
  readonly user_name: string
  readonly user_phone: string
  readonly service_name: string
  readonly service_id: number
  readonly to_door_address: string
  readonly residence_area: string
  readonly reservation_time: string
  readonly start_time: string
  readonly end_time: string
  readonly hours: number
  /** '' with an `aunt_id` of 0 when the aunt is not known. */
  readonly aunt_name: string
  readonly aunt_id: number
  readonly status: number
  readonly is_fixed_aunt: number
  readonly remark: string
}

/** `YY`, the time to the second (UTC), and ten random digits. */
export function generateReservationNumber(): string {
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  return `YY${time}${String(randomInt(10 ** 10)).padStart(10, '0')}`
}

/** Answers the id of the new reservation. */
export function saveReserve(db: Executor, reserve: Omit<OrderServiceReserve, 'id'>): Promise<number> {
  return insert(db, 'order_service_reserves', reserve)
}

/** Reads a reservation under its lock. */
export async function lockReserve(tx: Transaction, id: number): Promise<OrderServiceReserve | undefined> {
  const sql = `SELECT * FROM order_service_reserves WHERE id = ?${words.forUpdate}`
  const [row] = await tx.query<OrderServiceReserve>(sql, [id])
  return row
}
