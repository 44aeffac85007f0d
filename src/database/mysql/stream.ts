import type { Ms } from '../../contract/time.ts'
import type { MysqlConnection } from './connection.ts'
import type { FieldPacket } from './driver.ts'
import { bigintColumns, widen } from './reply.ts'

/** Rows read ahead of who takes them. */
const readAhead = 100

/**
 * The rows of a query as the server sends them. A row that does not come in time ends the stream, and a stream that is left
 * early costs its connection: there is no other way to tell the server.
 */
export async function* rowStream<Row>(
  connection: MysqlConnection,
  sql: string,
  deadlineMs: Ms,
): AsyncGenerator<Row> {
  const query = connection.raw.query(sql)
  let wide: readonly string[] = []
  query.on('fields', (fields: FieldPacket[]) => {
    wide = bigintColumns(fields)
  })
  const rows = query.stream({ highWaterMark: readAhead })
  const late = new Error('no row came in time')
  let timer = setTimeout(() => rows.destroy(late), deadlineMs)
  let isDone = false
  try {
    for await (const row of rows) {
      clearTimeout(timer)
      widen(row as Record<string, unknown>, wide)
      yield row as Row
      timer = setTimeout(() => rows.destroy(late), deadlineMs)
    }
    isDone = true
  } catch (error) {
    if (error !== late) throw connection.failed(error)
    connection.destroy()
    throw await connection.unanswered('no row')
  } finally {
    clearTimeout(timer)
    if (!isDone) connection.destroy()
  }
}
