import type { Executor, SqlValue } from './database.ts'
import { affectedIn, insertIdIn, rowsIn } from './foreign-rows.ts'
import type { GivenTransaction } from './given-transaction.ts'

/** Somebody's transaction as we use one; what the answers of its library do not say, the database is asked. */
export function executorOf({ execute }: GivenTransaction, isOnServer: boolean): Executor {
  const run = (sql: string, params: readonly SqlValue[] = []) => execute(sql, [...params])
  const query = async <Row>(sql: string, params?: readonly SqlValue[]) =>
    (rowsIn(await run(sql, params)) ?? []) as Row[]
  const last = isOnServer ? 'ROW_COUNT() AS n, LAST_INSERT_ID()' : 'changes() AS n, last_insert_rowid()'
  return {
    query,
    async execute(sql, params) {
      const answer = await run(sql, params)
      const [affected, id] = [affectedIn(answer), insertIdIn(answer)]
      if (affected !== undefined && (id !== undefined || affected === 0))
        return { affectedRows: affected, insertId: id ?? 0 }
      const [row] = await query<{ n: unknown; id: unknown }>(`SELECT ${last} AS id`)
      return { affectedRows: affected ?? Number(row?.n), insertId: id ?? Number(row?.id) }
    },
  }
}
