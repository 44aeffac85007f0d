import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Executor } from 'thinkq/database'
import { db } from '../db.ts'
import type { Admin } from '../models/admin.ts'
import type { Aunt } from '../models/aunt.ts'
import { insert } from '../models/insert.ts'
import type { Order } from '../models/order.ts'
import { createTables } from '../schema.ts'
import type { ReserveRequest } from '../services/order-service-reserve.ts'
import { root } from '../settings.ts'

/** Makes the tables and fills in admins, aunts and orders: what the application has before anybody books. */
export async function loadApplicationData(): Promise<void> {
  await createTables(db)
  await db.transaction(async (tx) => {
    await insertAll(tx, 'admins', readLines<Admin>('admins'))
    await insertAll(tx, 'aunts', readLines<Aunt>('aunts'))
    await insertAll(tx, 'orders', readLines<Order>('orders'))
  })
}

export function readBookings(): ReserveRequest[] {
  return readLines('bookings')
}

async function insertAll(tx: Executor, table: string, rows: readonly object[]): Promise<void> {
  for (const row of rows) await insert(tx, table, row)
}

/** A file of `data`: one line of JSON for each row. */
function readLines<Row>(name: string): Row[] {
  const text = readFileSync(join(root, 'data', `${name}.jsonl`), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
