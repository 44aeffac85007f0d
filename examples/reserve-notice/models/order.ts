import type { Executor } from 'thinkq/database'

export const STATUS_PENDING_PAYMENT = 1

export interface Order {
  readonly id: number
  readonly order_number: string
  readonly status: number
  readonly user_name: string | null
  readonly phone: string | null
  readonly service_id: number | null
  readonly service_name: string | null
  readonly to_door_address: string | null
  readonly residence_area: string | null
  readonly hours: number | null
}

export async function findOrderByNumber(db: Executor, orderNumber: string): Promise<Order | undefined> {
  const [order] = await db.query<Order>('SELECT * FROM orders WHERE order_number = ?', [orderNumber])
  return order
}
