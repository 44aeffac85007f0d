import type { Envelope } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { Executor } from '../../database/database.ts'
import type { Dialect } from './dialect.ts'
import { dueSeconds } from './settle.ts'

/** How long a token is remembered, in seconds. */
const tokenLifetime = 24 * 60 * 60

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
  const createdAt = Math.floor(nowMs / 1000)
  const ids: string[] = []
  for (let start = 0; start < batch.length; ) {
    const { queue, delayMs } = batch[start] as Envelope
    let end = start + 1
    while (batch[end]?.queue === queue && batch[end]?.delayMs === delayMs) end++
    const bodies = batch.slice(start, end).map(({ body }) => body)
    const dueAt = dueSeconds(nowMs, delayMs)
    for (const id of await dialect.insert(tx, { queue, bodies, dueAt, createdAt })) ids.push(id)
    start = end
  }
  return ids
}
