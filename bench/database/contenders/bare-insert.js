import mysql from 'mysql2/promise'
import { tableNames } from '../../../dist/connectors/database/options.js'
import { jobsSchema } from '../../../dist/connectors/database/schema/mysql.js'

const body = (data) => JSON.stringify({ job: 'Count', data })
const values = (count) => Array.from({ length: count }, () => "('default', ?, 0, 0, ?, ?)").join()

/** The least that MySQL itself takes for a push: one INSERT by the driver into the same table, which nobody looks for when it is lost. */
export async function producer({ url }) {
  const connection = await mysql.createConnection(url)
  for (const sql of jobsSchema(tableNames(undefined, undefined))) await connection.query(sql)
  const pool = mysql.createPool(url)
  const insert = (into, many) => {
    const now = Math.floor(Date.now() / 1000)
    const sql = `INSERT INTO jobs (queue, payload, attempts, reserved, available_at, created_at) VALUES ${values(many.length)}`
    return into.query(
      sql,
      many.flatMap((data) => [body(data), now, now]),
    )
  }
  return {
    push: (data) => insert(connection, [data]),
    pushInFlight: (data) => insert(pool, [data]),
    bulk: (many) => insert(connection, many),
    left: async () => (await connection.query('SELECT COUNT(*) AS count FROM jobs'))[0][0].count,
    close: () => Promise.all([connection.end(), pool.end()]),
  }
}
