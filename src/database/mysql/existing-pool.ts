import { ConfigError } from '../../contract/errors.ts'
import type { MysqlAddress } from './address.ts'
import type { Pool } from './driver.ts'

/** What a pool of mysql2 says of itself. */
interface PoolConfig {
  readonly connectionConfig?: Partial<Record<'host' | 'socketPath' | 'user' | 'database', string>> & {
    readonly port?: number
  }
}

/** The pool behind one with promises, or the one with callbacks itself. Throws ConfigError. */
export function existingPool(given: unknown): Pool {
  const outer = (given ?? {}) as { readonly pool?: unknown; readonly getConnection?: unknown }
  const pool = (outer.pool ?? outer) as Pool
  if (typeof pool.getConnection === 'function' && typeof pool.on === 'function') return pool
  throw new ConfigError('createDatabase: pool must be one of mysql2, as its createPool makes it')
}

/** Where it leads, for messages; the rest is the pool's own affair. */
export function addressOfPool(pool: Pool): MysqlAddress {
  const { config = {} } = pool as unknown as { readonly config?: PoolConfig }
  const {
    host = '127.0.0.1',
    port = 3306,
    socketPath,
    user = '',
    database = '',
  } = config.connectionConfig ?? {}
  return { host, port, socket: socketPath, user, password: '', database, tls: undefined }
}
