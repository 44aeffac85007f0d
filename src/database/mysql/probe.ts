import type { Connection } from 'mysql2'
import type { Ms } from '../../contract/time.ts'
import { mysqlDriver, type Pool } from './driver.ts'

interface Config {
  readonly connectionConfig?: object
}
type MakeConnection = new (options: { readonly config: object }) => Connection

/**
 * Whether the server of a pool answers a new connection in time, be it by an error: then what got no answer was slow, else the
 * network between is gone. A pool that does not say where it leads is believed to lead somewhere.
 */
export async function isServerThere(pool: Pool, withinMs: Ms): Promise<boolean> {
  const { connectionConfig: config } = (pool as unknown as { readonly config?: Config }).config ?? {}
  if (config === undefined) return true
  const driver = await mysqlDriver()
  const Make = (driver as unknown as { readonly Connection: MakeConnection }).Connection
  const own = Object.create(Object.getPrototypeOf(config), Object.getOwnPropertyDescriptors(config))
  const connection = new Make({ config: Object.assign(own, { connectTimeout: withinMs }) })
  return new Promise((resolve) => {
    const tell = (isThere: boolean) => {
      clearTimeout(timer)
      connection.destroy()
      resolve(isThere)
    }
    const timer = setTimeout(tell, withinMs, false)
    // Unheard it would end the process.
    connection.on('error', (error) => tell(isOfServer(error)))
    connection.ping((error: unknown) => tell(!error || isOfServer(error)))
  })
}

function isOfServer(error: unknown): boolean {
  const { errno, sqlState } = error as { readonly errno?: unknown; readonly sqlState?: unknown }
  return typeof errno === 'number' && typeof sqlState === 'string'
}
