/** What differs between the databases that an outbox can be in. */
export interface OutboxSql {
  /** Whether creating a table would commit the transaction that asks for it. */
  readonly ddlCommits: boolean
  /** One statement. */
  create(table: string): string
  /** The database's time in ms since the epoch, as SQL. */
  readonly nowMs: string
}

/**
 * Texts are ASCII: payloads, marks and ids are written so. `term` is that of who may send the row, 0: anybody who claims it;
 * `created_at` is ms since the epoch, from which the delay counts.
 */
export const mysqlOutbox: OutboxSql = {
  ddlCommits: true,
  create: (table) => `CREATE TABLE IF NOT EXISTS ${table} (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  mark VARBINARY(64) NOT NULL,
  connection VARBINARY(255) NOT NULL,
  queue VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  payload LONGTEXT NOT NULL,
  token VARBINARY(255) NULL,
  delay_ms BIGINT NOT NULL,
  term BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE KEY mark (mark)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
  nowMs: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000",
}

export const sqliteOutbox: OutboxSql = {
  ddlCommits: false,
  create: (table) => `CREATE TABLE IF NOT EXISTS ${table} (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mark TEXT NOT NULL UNIQUE,
  connection TEXT NOT NULL,
  queue TEXT NOT NULL,
  payload TEXT NOT NULL,
  token TEXT,
  delay_ms INTEGER NOT NULL,
  term INTEGER NOT NULL,
  created_at INTEGER NOT NULL
)`,
  nowMs: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
}
