import { sqliteDriver, walIsSafe } from '../../src/database/sqlite/driver.ts'
import { nodeDriver } from '../../src/database/sqlite/node-driver.ts'

/** A Node whose SQLite may use write-ahead logging: this one, or the one QUEUE_TEST_NODE names; else null. */
export function modernNode(): string | null {
  const driver = nodeDriver()
  if (driver !== null && walIsSafe(driver)) return process.execPath
  return process.env.QUEUE_TEST_NODE || null
}

/** What this process itself opens files with. */
export async function ownJournalMode(): Promise<'wal' | 'truncate'> {
  return walIsSafe(await sqliteDriver()) ? 'wal' : 'truncate'
}
