import type { OrderServiceReserve } from '../models/order-service-reserve.ts'

/** A template message as the official account's API takes it. */
export interface TemplateMessage {
  readonly touser: string
  readonly template_id: string
  /** The API drops a second message of this id to the same person within ten minutes: a second guard against doubles. */
  readonly client_msg_id: string
  readonly data: Readonly<Record<string, { readonly value: string }>>
}

/** The message that tells an admin of a new reservation. */
export function getNewOrderNotice(reserve: OrderServiceReserve, openId: string): TemplateMessage {
  const time = `${reserve.reservation_time} ${reserve.start_time}-${reserve.end_time}`
  return {
    touser: openId,
    template_id: 'new-order-notice',
    client_msg_id: reserve.reservation_number,
    data: {
      first: { value: '您有一个新的预约订单' },
      keyword1: { value: reserve.reservation_number },
      keyword2: { value: `${reserve.user_name} ${reserve.user_phone}` },
      keyword3: { value: reserve.service_name },
      keyword4: { value: reserve.reservation_time === '' ? '待定' : time },
      keyword5: { value: `${reserve.residence_area}${reserve.to_door_address}` },
      remark: { value: reserve.remark },
    },
  }
}
