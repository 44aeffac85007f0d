import { sqliteEffects } from '../../../database/effects/effect-sql.ts'
import type { TableNames } from '../options.ts'

/** The table of jobs, as think-queue has it, with the indexes that reserving and expiry go by. Times are unix seconds. */
export function jobsSchema({ jobs }: TableNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS "${jobs}" (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  queue TEXT NOT NULL,
  payload TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  reserved_at INTEGER,
  available_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
)`,
    `CREATE INDEX IF NOT EXISTS "${jobs}_due" ON "${jobs}" (queue, reserved, available_at, id)`,
    `CREATE INDEX IF NOT EXISTS "${jobs}_leased" ON "${jobs}" (queue, reserved, reserved_at)`,
  ]
}

/** The table of failed jobs, as think-queue 3 has it; `fail_time` is UTC with milliseconds, `2026-01-31 09:30:00.000`. */
export function failedSchema({ failed }: TableNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS "${failed}" (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  connection TEXT NOT NULL,
  queue TEXT NOT NULL,
  payload TEXT NOT NULL,
  exception TEXT NOT NULL,
  fail_time TEXT NOT NULL
)`,
    `CREATE INDEX IF NOT EXISTS "${failed}_queue" ON "${failed}" (connection, queue, id)`,
  ]
}

/** Shared values (`expires_at` in ms since the epoch) and what must not happen twice. */
export function ownSchema({ cache, once }: TableNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS "${cache}" (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL,
  expires_at INTEGER
)`,
    ...sqliteEffects(once).schema,
  ]
}
