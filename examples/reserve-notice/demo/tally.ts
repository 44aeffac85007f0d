import { type PullConnector, Queue } from 'thinkq'
import { db } from '../db.ts'
import { enabledOpenIds } from '../models/admin.ts'
import type { OrderServiceReserve } from '../models/order-service-reserve.ts'
import { jobsIn } from '../settings.ts'
import type { Ledger } from '../stand-in/ledger.ts'

/** What became of the bookings, counted in the database, in the queue and in the stand-in's ledger. */
export interface Tally {
  readonly reservations: number
  readonly refused: number
  /** Reservations times enabled admins with an open id: what should arrive. */
  readonly notices: number
  /** Different notices that did arrive. */
  readonly delivered: number
  /** Notices that neither arrived nor belong to a buried job. */
  readonly lost: number
  /** Notices that arrived again. */
  readonly duplicates: number
  /** Jobs given up. */
  readonly buried: number
}

export async function countUp(refused: number, ledger: Ledger): Promise<Tally> {
  const reserves = await db.query<OrderServiceReserve>('SELECT * FROM order_service_reserves')
  const openIds = await enabledOpenIds(db)
  const buried = await buriedReservations()
  const accepted = ledger.read().map(({ reservationNumber, openId }) => `${reservationNumber} ${openId}`)
  const arrived = new Set(accepted)
  let delivered = 0
  let lost = 0
  for (const { id, reservation_number } of reserves) {
    const count = openIds.filter((openId) => arrived.has(`${reservation_number} ${openId}`)).length
    delivered += count
    if (!buried.includes(id)) lost += openIds.length - count
  }
  return {
    reservations: reserves.length,
    refused,
    notices: reserves.length * openIds.length,
    delivered,
    lost,
    duplicates: accepted.length - delivered,
    buried: buried.length,
  }
}

/** Notices the stand-in has accepted and the killed worker did not come to record: these will be sent once more. */
export async function countUnrecorded(ledger: Ledger): Promise<number> {
  const rows = await db.query<{ reservation_number: string; open_id: string }>(
    'SELECT reservation_number, open_id FROM notices_sent JOIN order_service_reserves ON id = reservation_id',
  )
  const recorded = new Set(rows.map((row) => `${row.reservation_number} ${row.open_id}`))
  const accepted = new Set(ledger.read().map((each) => `${each.reservationNumber} ${each.openId}`))
  return [...accepted].filter((notice) => !recorded.has(notice)).length
}

/** Jobs whose bookings have committed and that are not in Redis yet. */
export async function countInOutbox(): Promise<number> {
  if (jobsIn === 'database') return 0
  const [row] = await db.query<{ n: number }>('SELECT COUNT(*) AS n FROM queue_outbox')
  return Number(row?.n)
}

/** The reservations whose jobs lie with the failed jobs. */
async function buriedReservations(): Promise<number[]> {
  const { connector } = await Queue.open()
  const buried = await (connector as PullConnector).failed.all()
  return buried.map(({ body }) => JSON.parse(body).data.order_service_reserve_id)
}
