import type mysql from 'mysql2'

export type { FieldPacket, Pool, PoolConnection } from 'mysql2'

let loading: Promise<typeof mysql> | undefined

/** mysql2, loaded when the first MySQL is reached. */
export function mysqlDriver(): Promise<typeof mysql> {
  loading ??= import('mysql2').then(({ default: driver }) => driver)
  return loading
}
