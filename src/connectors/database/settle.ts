import type { Reservation, Settlement } from '../../contract/connector.ts'
import type { Ms, Seconds } from '../../contract/time.ts'
import type { PackedTransaction } from '../../database/database.ts'
import { type Dialect, mostAttempts } from './dialect.ts'

/** Where a settlement happens: one open transaction, one time. */
export interface SettleContext {
  readonly dialect: Dialect
  readonly tx: PackedTransaction
  /** Recorded with failed jobs. */
  readonly connection: string
  readonly nowMs: Ms
}

/** Carries out a batch, deletions together, the first settlement of a delivery only; answers the refused in their order. */
export async function settleBatch(
  context: SettleContext,
  batch: readonly Settlement[],
): Promise<readonly Settlement[]> {
  const deletions = batch.filter(({ kind }) => kind === 'delete')
  if (deletions.length === batch.length) return refusedDeletions(context, batch)
  const first = new Map(batch.toReversed().map((each) => [each.reservation.receipt, each]))
  const counted = batch.filter((each) => first.get(each.reservation.receipt) === each)
  const refused = new Set(await refusedDeletions(context, counted.filter(isDeletion)))
  await Promise.all(
    counted.map(async (each) => {
      if (each.kind !== 'delete' && !(await settleOne(context, each))) refused.add(each)
    }),
  )
  return batch.filter((each) => refused.has(each) || first.get(each.reservation.receipt) !== each)
}

/** Frees what was reserved too long, its attempts raised, so that it can be claimed again; answers how much. */
export async function releaseExpired(context: SettleContext, queue: string, since: Seconds): Promise<number> {
  const { dialect, tx, nowMs } = context
  const rows = await dialect.expired(tx, queue, since, Math.floor(nowMs / 1000))
  await Promise.all(
    rows.map(({ receipt, attempts }) =>
      attempts + 1 >= mostAttempts
        ? buryRow(context, receipt, tooManyAttempts)
        : dialect.release(tx, receipt, Math.floor(nowMs / 1000), true),
    ),
  )
  return rows.length
}

/** Claims due jobs; rows that a stranger gave more attempts than can be counted are buried, and others take their place. */
export async function claimCountable(
  context: SettleContext,
  queue: string,
  limit: number,
  reservedAt: Seconds,
): Promise<Reservation[]> {
  const { dialect, tx, nowMs } = context
  const kept: Reservation[] = []
  for (;;) {
    const wanted = limit - kept.length
    const claimed = await dialect.claim(tx, queue, wanted, Math.floor(nowMs / 1000), reservedAt)
    const spent = claimed.filter(({ attempts }) => attempts > mostAttempts)
    if (spent.length === 0) return kept.length === 0 ? claimed : [...kept, ...claimed]
    await Promise.all(spent.map(({ receipt }) => buryRow(context, receipt, tooManyAttempts)))
    kept.push(...claimed.filter(({ attempts }) => attempts <= mostAttempts))
    if (claimed.length < wanted || kept.length === limit) return kept
  }
}

/** When something now or later is due, in the table's whole seconds: what is due now never waits for the next one. */
export function dueSeconds(nowMs: Ms, delayMs: Ms): Seconds {
  return delayMs > 0 ? Math.ceil((nowMs + delayMs) / 1000) : Math.floor(nowMs / 1000)
}

const tooManyAttempts = `attempts reached ${mostAttempts}, the most the table can hold`

/** How a delivery ends that cannot be counted. */
export function tooOften(reservation: Reservation): Settlement {
  return { kind: 'bury', reservation, reason: tooManyAttempts }
}

export function isDeletion({ kind }: Settlement): boolean {
  return kind === 'delete'
}

async function refusedDeletions(
  { dialect, tx }: SettleContext,
  deletions: readonly Settlement[],
): Promise<readonly Settlement[]> {
  if (deletions.length === 0) return deletions
  const removed = await dialect.remove(
    tx,
    deletions.map(({ reservation }) => reservation.receipt),
  )
  if (removed.size === deletions.length) return []
  const firsts = new Set(removed)
  return deletions.filter(({ reservation }) => !firsts.delete(reservation.receipt))
}

function settleOne(
  context: SettleContext,
  settlement: Exclude<Settlement, { kind: 'delete' }>,
): Promise<boolean> {
  const { receipt, attempts } = settlement.reservation
  if (settlement.kind === 'bury') return buryRow(context, receipt, settlement.reason)
  if (settlement.spend && attempts >= mostAttempts) return buryRow(context, receipt, tooManyAttempts)
  const dueAt = dueSeconds(context.nowMs, settlement.delayMs)
  return context.dialect.release(context.tx, receipt, dueAt, settlement.spend)
}

function buryRow(
  { dialect, tx, connection, nowMs }: SettleContext,
  receipt: string,
  reason: string,
): Promise<boolean> {
  return dialect.bury(tx, receipt, { connection, reason, failTime: failTime(nowMs) })
}

/** `2026-01-31 09:30:00.000`, UTC: compares as it sorts. */
export function failTime(ms: Ms): string {
  const clamped = Math.min(Math.max(Math.floor(ms), 0), 253_402_300_799_999)
  return new Date(clamped).toISOString().replace('T', ' ').replace('Z', '')
}
