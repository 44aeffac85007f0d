import type { Reservation } from '../../contract/connector.ts'
import type { Ms, Seconds } from '../../contract/time.ts'
import type { Executor, PackedTransaction } from '../../database/database.ts'
import { type EffectSql, sqliteEffects } from '../../database/effects/effect-sql.ts'
import {
  type Dialect,
  type Expired,
  type FailedEntry,
  mostAttempts,
  type NewJobs,
  type Outlook,
} from './dialect.ts'
import type { TableNames } from './options.ts'
import { failedSchema, jobsSchema, ownSchema } from './schema/sqlite.ts'

/** Expired leases taken at a time. */
const expiredAtOnce = 1_000
/** Rests between looks at a file: they grow while nothing happens. */
const shortestRestMs = 5
const longestRestMs = 100

/**
 * SQLite. Batches travel as one JSON parameter and come back as one JSON value, read as bytes: libsql aborts the process on a
 * text that is not UTF-8. A receipt is `id-attempts-available_at`, which SQL can compute and a fenced statement compares.
 */
export class SqliteDialect implements Dialect {
  readonly names: TableNames
  readonly isRemote = false
  readonly jobsSchema: readonly string[]
  readonly failedSchema: readonly string[]
  readonly ddlCommits = false
  readonly forUpdate = ''
  readonly putEntry: string
  readonly effects: EffectSql
  readonly #sql: ReturnType<typeof statements>

  constructor(names: TableNames) {
    this.names = names
    this.jobsSchema = [...jobsSchema(names), ...ownSchema(names)]
    this.failedSchema = failedSchema(names)
    this.effects = sqliteEffects(names.once)
    this.putEntry = `INSERT OR REPLACE INTO "${names.cache}" (name, value, expires_at) VALUES (?, ?, ?)`
    this.#sql = statements(names)
  }

  quote(name: string): string {
    return `"${name}"`
  }

  bytes(column: string): string {
    return `CAST(${column} AS BLOB)`
  }

  /** A transaction that writes is alone anyway. */
  async lockEntry(): Promise<void> {}

  /** A COMMIT into a file is never in doubt. */
  async mark(): Promise<void> {}

  async findOrVoid(): Promise<null> {
    return null
  }

  async create(executor: Executor): Promise<void> {
    for (const sql of [...this.jobsSchema, ...this.failedSchema]) await executor.execute(sql)
  }

  addIndexes(executor: Executor): Promise<void> {
    return this.create(executor)
  }

  async inspect(executor: Executor): Promise<boolean> {
    const wanted = Object.values(this.names)
    const found = await executor.query(
      `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name IN (${wanted.map(() => '?').join()})`,
      wanted,
    )
    return found.length === wanted.length
  }

  async nowMs(executor: Executor): Promise<Ms> {
    const [row] = await executor.query<{ now: Seconds }>("SELECT unixepoch('subsec') AS now")
    return Math.round((row?.now ?? 0) * 1000)
  }

  async outlook(executor: Executor, queues: readonly string[]): Promise<Outlook> {
    const [row] = await executor.query<{ now: Seconds; due: unknown; leased: unknown }>(this.#sql.outlook, [
      JSON.stringify(queues),
    ])
    return {
      nowMs: Math.round((row?.now ?? 0) * 1000),
      dueAt: secondsOf(row?.due),
      leasedAt: secondsOf(row?.leased),
    }
  }

  async version(executor: Executor): Promise<number> {
    const [row] = await executor.query<{ data_version: number }>('PRAGMA data_version')
    return row?.data_version ?? 0
  }

  restMs(looks: number): Ms {
    return Math.min(shortestRestMs * 1.5 ** looks, longestRestMs)
  }

  async insert(tx: Executor, { queue, bodies, dueAt, createdAt }: NewJobs): Promise<readonly string[]> {
    const parameters = [queue, dueAt, createdAt, JSON.stringify(bodies)]
    const { insertId } = await tx.execute(this.#sql.insert, parameters)
    return bodies.map((_, place) => String(insertId - bodies.length + 1 + place))
  }

  async claim(
    tx: PackedTransaction,
    queue: string,
    limit: number,
    now: Seconds,
    reservedAt: Seconds,
  ): Promise<Reservation[]> {
    // Both at once: between them nothing may become due, or it would be reserved without being delivered.
    const [[row]] = await Promise.all([
      tx.query<{ due: Uint8Array }>(this.#sql.due, [queue, now, limit]),
      tx.execute(this.#sql.reserve, [reservedAt, queue, now, limit]),
    ])
    const due = JSON.parse(textOf(row?.due)) as [number, number, number, string][]
    return due.map(([id, attempts, availableAt, body]) => ({
      id: String(id),
      queue,
      body,
      attempts: attempts + 1,
      receipt: `${id}-${attempts}-${availableAt}`,
    }))
  }

  expired(tx: PackedTransaction, queue: string, since: Seconds): Promise<readonly Expired[]> {
    return tx.query<{ receipt: string; attempts: number }>(this.#sql.expired, [queue, since, expiredAtOnce])
  }

  async remove(tx: Executor, receipts: readonly string[]): Promise<ReadonlySet<string>> {
    return receiptsOf(await tx.query(this.#sql.remove, [JSON.stringify(receipts)]))
  }

  async removeOne(tx: Executor, receipt: string): Promise<boolean> {
    return (await tx.execute(this.#sql.removeOne, [receipt])).affectedRows > 0
  }

  async release(tx: PackedTransaction, receipt: string, dueAt: Seconds, spend: boolean): Promise<boolean> {
    const parameters = [spend ? 1 : 0, dueAt, receipt]
    return (await tx.execute(this.#sql.release, parameters)).affectedRows > 0
  }

  async bury(tx: PackedTransaction, receipt: string, entry: FailedEntry): Promise<boolean> {
    const parameters = [entry.connection, entry.reason, entry.failTime, receipt]
    if ((await tx.execute(this.#sql.bury, parameters)).affectedRows === 0) return false
    await tx.execute(this.#sql.removeOne, [receipt])
    return true
  }

  async touch(
    executor: Executor,
    receipts: readonly string[],
    reservedAt: Seconds,
  ): Promise<ReadonlySet<string>> {
    return receiptsOf(await executor.query(this.#sql.touch, [JSON.stringify(receipts), reservedAt]))
  }
}

/**
 * `claim` puts right what a stranger wrote into the row: attempts and due time become whole numbers, else no receipt would match.
 * A row reserved at no known time counts as reserved for ever so long.
 */
function statements(names: TableNames) {
  const jobs = `"${names.jobs}"`
  const receipt = "(id || '-' || attempts || '-' || available_at)"
  const count = `max(0, min(CAST(attempts AS INTEGER), ${mostAttempts}))`
  const dueTime = 'max(0, CAST(available_at AS INTEGER))'
  const waiting = 'queue = ? AND reserved = 0 AND available_at <= ? ORDER BY available_at, id LIMIT ?'
  const ours = `reserved = 1 AND id IN (SELECT CAST(value AS INTEGER) FROM json_each(?1))
    AND ${receipt} IN (SELECT value FROM json_each(?1))`
  const oneOfOurs = (place: string) =>
    `reserved = 1 AND id = CAST(${place} AS INTEGER) AND ${receipt} = ${place}`
  return {
    outlook: `SELECT unixepoch('subsec') AS now,
      min((SELECT min(available_at) FROM ${jobs} WHERE queue = each.value AND reserved = 0)) AS due,
      min((SELECT COALESCE(reserved_at, 0) FROM ${jobs} WHERE queue = each.value AND reserved = 1
        ORDER BY reserved_at LIMIT 1)) AS leased
      FROM json_each(?) AS each`,
    insert: `INSERT INTO ${jobs} (queue, payload, attempts, reserved, reserved_at, available_at, created_at)
      SELECT ?1, value, 0, 0, NULL, ?2, ?3 FROM json_each(?4)`,
    due: `SELECT CAST(json_group_array(json_array(id, count, due, CAST(payload AS TEXT))) AS BLOB) AS due
      FROM (SELECT id, ${count} AS count, ${dueTime} AS due, payload FROM ${jobs} WHERE ${waiting})`,
    reserve: `UPDATE ${jobs} SET reserved = 1, reserved_at = ?, attempts = ${count}, available_at = ${dueTime}
      WHERE id IN (SELECT id FROM ${jobs} WHERE ${waiting})`,
    expired: `SELECT ${receipt} AS receipt, ${count} AS attempts, reserved_at FROM ${jobs}
      WHERE queue = ?1 AND reserved = 1 AND reserved_at IS NULL
      UNION ALL SELECT ${receipt}, ${count}, reserved_at FROM ${jobs}
      WHERE queue = ?1 AND reserved = 1 AND reserved_at <= ?2 ORDER BY reserved_at LIMIT ?3`,
    remove: `DELETE FROM ${jobs} WHERE ${ours} RETURNING ${receipt} AS receipt`,
    removeOne: `DELETE FROM ${jobs} WHERE ${oneOfOurs('?1')}`,
    release: `UPDATE ${jobs} SET reserved = 0, reserved_at = NULL, attempts = attempts + ?1,
      available_at = max(?2, available_at + 1) WHERE ${oneOfOurs('?3')}`,
    bury: `INSERT INTO "${names.failed}" (connection, queue, payload, exception, fail_time)
      SELECT ?1, queue, payload, ?2, ?3 FROM ${jobs} WHERE ${oneOfOurs('?4')}`,
    touch: `UPDATE ${jobs} SET reserved_at = ?2 WHERE ${ours} RETURNING ${receipt} AS receipt`,
  }
}

/** A text that a stranger wrote is no time: SQLite sorts it behind all numbers, so it comes alone or not at all. */
function secondsOf(value: unknown): Seconds | null {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : null
}

function receiptsOf(rows: readonly Record<string, unknown>[]): ReadonlySet<string> {
  return new Set(rows.map((row) => row.receipt as string))
}

function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '[]'
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
