import type { Executor, PackedTransaction } from '../../database/database.ts'
import type { ServerFacts } from '../../database/mysql/session.ts'
import type { NewJobs } from './dialect.ts'
import type { TableNames } from './options.ts'
import { parseReceipt, type Receipt } from './receipt.ts'

/** Inserts larger than this part of a packet are sent in several. */
const shareOfPacket = 0.25
/** Each has two values; clients of others may prepare the statement, which holds 65,535. */
const mostRows = 30_000

/** A text column's bytes, whatever the connection's encoding. */
export function bytesOf(column: string): string {
  return `CAST(CONVERT(${column} USING utf8mb4) AS BINARY)`
}

/** The condition that a row is ours still, for one delivery. */
export function oneRow(receipt: Receipt): string {
  return `reserved = 1 AND ${sameRow(receipt)}`
}

/** The condition that a row that was free is free still, and as it was read. */
export function freeRow(receipt: Receipt): string {
  return `reserved = 0 AND ${sameRow(receipt)}`
}

function sameRow({ id, attempts, availableAt }: Receipt): string {
  return `id = ${id} AND attempts = ${attempts} AND available_at = ${availableAt}`
}

/** The same for many, in the order of their ids, in which everybody locks them; null when none of them names a row. */
export function fence(receipts: readonly string[]): string | null {
  const rows = receipts.map(parseReceipt).filter((row) => row !== null)
  const [first] = rows
  if (first === undefined) return null
  if (rows.length === 1) return oneRow(first)
  rows.sort((a, b) => a.id - b.id)
  const ids = rows.map(({ id }) => id).join()
  const deliveries = rows.map(({ id, attempts, availableAt }) => `(${id},${attempts},${availableAt})`).join()
  return `reserved = 1 AND id IN (${ids}) AND (id, attempts, available_at) IN (${deliveries})`
}

/** Inserts by as many statements as it takes. */
export async function insertRows(
  tx: Executor,
  names: TableNames,
  jobs: NewJobs,
  facts: ServerFacts,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (const some of portions(jobs.bodies, facts.maxPacket)) {
    const { insertId } = await tx.execute(insertSql(names, jobs, some.length), valuesOf(jobs, some))
    ids.push(...idsFrom(insertId, some.length, facts))
  }
  return ids
}

/** The same in the trip that ends the transaction, `mark` behind it; null when one statement cannot hold them. */
export function insertRowsLast(
  tx: PackedTransaction,
  names: TableNames,
  jobs: NewJobs,
  facts: ServerFacts,
  mark: () => Promise<void>,
): Promise<readonly string[]> | null {
  const [some = [], more] = portions(jobs.bodies, facts.maxPacket)
  if (more !== undefined) return null
  tx.finish()
  const inserting = tx.defer(insertSql(names, jobs, some.length), valuesOf(jobs, some))
  const asking = tx.query<{ readonly id: number }>('SELECT LAST_INSERT_ID() AS id')
  return Promise.all([asking, inserting, mark()]).then(([[row]]) => idsFrom(row!.id, some.length, facts))
}

/** Ids of rows inserted by one statement follow each other. */
export function idsFrom(firstId: number, count: number, { idStep }: ServerFacts): readonly string[] {
  return Array.from({ length: count }, (_, place) => String(firstId + place * idStep))
}

function insertSql(names: TableNames, { dueAt, createdAt }: NewJobs, count: number): string {
  const row = `(?,?,0,0,${dueAt},${createdAt})`
  const rows = `${row},`.repeat(count - 1) + row
  return `INSERT INTO \`${names.jobs}\` (queue, payload, attempts, reserved, available_at, created_at) VALUES ${rows}`
}

function valuesOf({ queue }: NewJobs, bodies: readonly string[]): readonly string[] {
  const values: string[] = []
  for (const body of bodies) values.push(queue, body)
  return values
}

/** What one statement each can hold. */
function* portions(bodies: readonly string[], maxPacket: number): Generator<readonly string[]> {
  const most = maxPacket * shareOfPacket
  for (let start = 0; start < bodies.length; ) {
    let end = start
    for (let room = most; end < Math.min(bodies.length, start + mostRows); end++) {
      room -= bodies[end]!.length + 300
      if (room < 0 && end > start) break
    }
    yield bodies.slice(start, end)
    start = end
  }
}
