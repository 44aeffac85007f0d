import type { QueueSize } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { Executor } from '../../database/database.ts'
import type { Dialect } from './dialect.ts'

interface Counts {
  readonly ready_jobs: number
  readonly delayed_jobs: number
  readonly reserved_jobs: number
  readonly failed_jobs: number
  readonly oldest: number | null
}

/** How much of each kind a queue holds, counted along the indexes. */
export async function queueSize(
  executor: Executor,
  dialect: Dialect,
  connection: string,
  queue: string,
  now?: Ms,
): Promise<QueueSize> {
  const { names } = dialect
  const nowMs = now ?? (await dialect.nowMs(executor))
  const at = Math.floor(nowMs / 1000)
  const rows = `FROM ${dialect.quote(names.jobs)} WHERE queue = ? AND reserved =`
  const [row] = await executor.query<Counts>(
    `SELECT (SELECT count(*) ${rows} 0 AND available_at <= ?) AS ready_jobs,
      (SELECT min(available_at) ${rows} 0 AND available_at <= ?) AS oldest,
      (SELECT count(*) ${rows} 0 AND available_at > ?) AS delayed_jobs,
      (SELECT count(*) ${rows} 1) AS reserved_jobs,
      (SELECT count(*) FROM ${dialect.quote(names.failed)} WHERE connection = ? AND queue = ?) AS failed_jobs`,
    [queue, at, queue, at, queue, at, queue, connection, queue],
  )
  const oldest = row?.oldest ?? null
  return {
    ready: row?.ready_jobs ?? 0,
    delayed: row?.delayed_jobs ?? 0,
    reserved: row?.reserved_jobs ?? 0,
    failed: row?.failed_jobs ?? 0,
    oldestMs: oldest === null ? null : nowMs - oldest * 1000,
  }
}
