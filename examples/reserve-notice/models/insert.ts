import type { Executor, SqlValue } from 'thinkq/database'

/** Saves one row and answers its id. Table and column names come from the code, never from a request. */
export async function insert(db: Executor, table: string, row: object): Promise<number> {
  const columns = Object.keys(row)
  const places = columns.map(() => '?').join(', ')
  const values: SqlValue[] = Object.values(row)
  const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`
  const { insertId } = await db.execute(sql, values)
  return insertId
}
