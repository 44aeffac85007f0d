import { Queue } from 'thinkq'
import type { Transaction } from 'thinkq/database'
import { db } from '../db.ts'
import { SendOrderReserveNoticeJob } from '../jobs/common/SendOrderReserveNoticeJob.ts'
import { type Aunt, findAunt } from '../models/aunt.ts'
import { insert } from '../models/insert.ts'
import { findOrderByNumber, type Order, STATUS_PENDING_PAYMENT } from '../models/order.ts'
import {
  generateReservationNumber,
  type OrderServiceReserve,
  STATUS_STAY_SERVICE,
  saveReserve,
} from '../models/order-service-reserve.ts'
import { SystemException } from './system-exception.ts'

/** What the back office sends to book a visit. Everything but the order may be missing. */
export interface ReserveRequest {
  readonly order_number: string
  readonly remark?: string
  readonly is_fixed_aunt?: number
  readonly reserve_times?: {
    readonly reservation_time: string
    readonly start_time: string
    readonly end_time: string
  }
  readonly aunt_id?: number
  /** Further aunts who come along. */
  readonly aunt_ids?: readonly number[]
}

/**
 * Books a visit for an order (后台创建预约订单) and answers it as saved. Throws a `SystemException` when the order is not paid.
 * No worker ever sees the notice job before the reservation.
 */
export async function createOrderServiceReserve(data: ReserveRequest): Promise<OrderServiceReserve> {
  const aunt = await findAunt(db, data.aunt_id)
  return db.transaction(async (tx) => {
    const order = await findOrderByNumber(tx, data.order_number)
    if (order === undefined) throw new SystemException('订单不存在')
    if (order.status === STATUS_PENDING_PAYMENT) throw new SystemException('待支付的订单不可以添加预约')
    const columns = reserveColumns(order, aunt, data)
    const id = await saveReserve(tx, columns)
    await addOrderReserveAunts(tx, order, id, data)
    // Part of the transaction, in whichever store the jobs are: the job exists exactly if the reservation does.
    const notice = { order_service_reserve_id: id }
    await Queue.push(SendOrderReserveNoticeJob, notice, { queue: 'reserve_notice', tx })
    return { id, ...columns }
  })
}

function reserveColumns(
  order: Order,
  aunt: Aunt | undefined,
  { reserve_times, is_fixed_aunt, remark }: ReserveRequest,
): Omit<OrderServiceReserve, 'id'> {
  return {
    reservation_number: generateReservationNumber(),
    order_id: order.id,
    user_name: order.user_name ?? '',
    user_phone: order.phone ?? '',
    service_name: order.service_name ?? '',
    service_id: order.service_id ?? 0,
    to_door_address: order.to_door_address ?? '',
    residence_area: order.residence_area ?? '',
    reservation_time: reserve_times?.reservation_time ?? '',
    start_time: reserve_times?.start_time ?? '',
    end_time: reserve_times?.end_time ?? '',
    hours: order.hours ?? 0,
    aunt_name: aunt?.name ?? '',
    aunt_id: aunt?.id ?? 0,
    status: STATUS_STAY_SERVICE,
    is_fixed_aunt: is_fixed_aunt ?? 0,
    remark: remark ?? '',
  }
}

/** Saves who comes. An aunt nobody knows is passed over, as the reservation itself does. */
async function addOrderReserveAunts(
  tx: Transaction,
  order: Order,
  reservationId: number,
  { aunt_id, aunt_ids = [] }: ReserveRequest,
): Promise<void> {
  for (const id of new Set([aunt_id, ...aunt_ids])) {
    const aunt = await findAunt(tx, id)
    if (aunt === undefined) continue
    await insert(tx, 'order_reserve_aunts', {
      order_service_reserve_id: reservationId,
      order_id: order.id,
      aunt_id: aunt.id,
      aunt_name: aunt.name,
    })
  }
}
