import type { ConnectionConfig, OutboxConfig } from '../contract/config.ts'

/**
 * The database that transactions of the application are in: that of the one connection with the database connector, else
 * DATABASE_URL where it is a database we know; null: none.
 */
export function outboxOf(
  connections: Readonly<Record<string, ConnectionConfig>>,
  databaseUrl: string | undefined,
): OutboxConfig | null {
  const databases = Object.values(connections).filter(
    ({ connector, options }) => connector === 'database' && options.dsn !== '',
  )
  const [only] = databases
  if (only !== undefined && databases.length === 1) return only.options
  const isKnown = /^\s*(mysql|mariadb|sqlite|file):/i.test(databaseUrl ?? '')
  return isKnown ? { dsn: databaseUrl } : null
}
