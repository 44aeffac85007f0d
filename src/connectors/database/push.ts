import type { Envelope } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { Executor, PackedTransaction } from '../../database/database.ts'
import type { Dialect, Mark, NewJobs } from './dialect.ts'
import { dueSeconds } from './settle.ts'

/** How long a token is remembered, in seconds. */
const tokenLifetime = 24 * 60 * 60

/** Stores a batch as `insertBatch` does, with its mark, as the last of the transaction: in one round trip where the dialect can. */
export async function insertMarked(
  dialect: Dialect,
  tx: PackedTransaction,
  batch: readonly Envelope[],
  nowMs: Ms,
  mark: Mark,
): Promise<readonly string[]> {
  const isAlike = alikeFrom(batch, 0) === batch.length && batch.every(({ token }) => token === undefined)
  const last = isAlike ? (dialect.insertLast?.(tx, newJobs(batch, nowMs), mark) ?? null) : null
  if (last !== null) return last
  const ids = await insertBatch(dialect, tx, batch, nowMs)
  await dialect.mark(tx, mark)
  return ids
}

/** Stores a batch, those whose token is known excepted; answers the ids in order. */
export async function insertBatch(
  dialect: Dialect,
  tx: Executor,
  batch: readonly Envelope[],
  nowMs: Ms,
): Promise<readonly string[]> {
  if (batch.every(({ token }) => token === undefined)) return insertAll(dialect, tx, batch, nowMs)
  const once = dialect.quote(dialect.names.once)
  const createdAt = Math.floor(nowMs / 1000)
  await tx.execute(`DELETE FROM ${once} WHERE created_at < ? AND name LIKE 'push:%'`, [
    createdAt - tokenLifetime,
  ])
  const ids: string[] = []
  for (const envelope of batch) ids.push(await insertOnce(dialect, tx, envelope, nowMs))
  return ids
}

async function insertOnce(dialect: Dialect, tx: Executor, envelope: Envelope, nowMs: Ms): Promise<string> {
  const once = dialect.quote(dialect.names.once)
  const name = `push:${envelope.token}`
  if (envelope.token !== undefined) {
    const [known] = await tx.query<{ value: string }>(`SELECT value FROM ${once} WHERE name = ?`, [name])
    if (known !== undefined) return known.value
  }
  const [id = ''] = await insertAll(dialect, tx, [envelope], nowMs)
  if (envelope.token !== undefined) {
    const sql = `INSERT INTO ${once} (name, value, created_at) VALUES (?, ?, ?)`
    await tx.execute(sql, [name, id, Math.floor(nowMs / 1000)])
  }
  return id
}

/** Neighbours of one queue and due time go in together. */
async function insertAll(
  dialect: Dialect,
  tx: Executor,
  batch: readonly Envelope[],
  nowMs: Ms,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let start = 0; start < batch.length; ) {
    const end = alikeFrom(batch, start)
    ids.push(...(await dialect.insert(tx, newJobs(batch.slice(start, end), nowMs))))
    start = end
  }
  return ids
}

/** The end of those from `start` on that go into the table together. */
function alikeFrom(batch: readonly Envelope[], start: number): number {
  const { queue, delayMs } = batch[start] as Envelope
  let end = start + 1
  while (batch[end]?.queue === queue && batch[end]?.delayMs === delayMs) end++
  return end
}

function newJobs(alike: readonly Envelope[], nowMs: Ms): NewJobs {
  const { queue, delayMs } = alike[0] as Envelope
  return {
    queue,
    bodies: alike.map(({ body }) => body),
    dueAt: dueSeconds(nowMs, delayMs),
    createdAt: Math.floor(nowMs / 1000),
  }
}
