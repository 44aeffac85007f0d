import type { Executor } from 'thinkq/database'
import { words } from '../words.ts'

/** Whether this admin has had the notice of this reservation already. */
export async function isNoticeSent(db: Executor, reservationId: number, openId: string): Promise<boolean> {
  const rows = await db.query('SELECT 1 FROM notices_sent WHERE reservation_id = ? AND open_id = ?', [
    reservationId,
    openId,
  ])
  return rows.length > 0
}

export async function recordNoticeSent(db: Executor, reservationId: number, openId: string): Promise<void> {
  await db.execute(`${words.insertUnlessThere} notices_sent (reservation_id, open_id) VALUES (?, ?)`, [
    reservationId,
    openId,
  ])
}

/** Keeps why the notices of a reservation were given up. */
export async function recordNoticeFailure(
  db: Executor,
  reservationId: number,
  reason: string,
): Promise<void> {
  await db.execute('INSERT INTO notice_failures (reservation_id, reason, failed_at) VALUES (?, ?, ?)', [
    reservationId,
    reason,
    new Date().toISOString(),
  ])
}
