import type { QueueSize } from '../../contract/connector.ts'
import type { Ms } from '../../contract/time.ts'
import type { Executor } from '../../database/index.ts'
import type { Dialect } from './dialect.ts'

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
  const [row] = await executor.query<Omit<QueueSize, 'oldestMs'> & { oldest: number | null }>(
    `SELECT (SELECT count(*) ${rows} 0 AND available_at <= ?) AS ready,
      (SELECT min(available_at) ${rows} 0 AND available_at <= ?) AS oldest,
      (SELECT count(*) ${rows} 0 AND available_at > ?) AS delayed,
      (SELECT count(*) ${rows} 1) AS reserved,
      (SELECT count(*) FROM ${dialect.quote(names.failed)} WHERE connection = ? AND queue = ?) AS failed`,
    [queue, at, queue, at, queue, at, queue, connection, queue],
  )
  const { ready = 0, delayed = 0, reserved = 0, failed = 0, oldest = null } = row ?? {}
  return { ready, delayed, reserved, failed, oldestMs: oldest === null ? null : nowMs - oldest * 1000 }
}
