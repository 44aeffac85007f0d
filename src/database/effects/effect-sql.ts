/** The table of effects, and of what else must not happen twice: pushes with a token, transactions in doubt. */
export interface EffectSql {
  readonly schema: readonly string[]
  /** `(name, value)`, unless the name is there. */
  readonly insert: string
  /** `(name, value)`, whatever is there. */
  readonly put: string
  /** The value by `(name)`. */
  readonly read: string
  /** By `(name, value, value)`. */
  readonly remove: string
  /** The names of some effects that are older than so many seconds. */
  readonly old: string
  /** By `(name, seconds)`, if it is still older. */
  readonly forget: string
}

/** Old effects that are forgotten together. */
const mostAtOnce = 1_000

/** Names of tables come from checked options, never from a request. */
export function mysqlEffects(table: string): EffectSql {
  const name = `\`${table}\``
  const row = `INTO ${name} (name, value, created_at) VALUES (?, ?, UNIX_TIMESTAMP())`
  return {
    schema: [
      `CREATE TABLE IF NOT EXISTS ${name} (
  name VARBINARY(255) NOT NULL PRIMARY KEY,
  value VARCHAR(255) NOT NULL,
  created_at INT UNSIGNED NOT NULL,
  KEY \`${table}_age\` (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`,
    ],
    insert: `INSERT IGNORE ${row}`,
    put: `INSERT ${row} ON DUPLICATE KEY UPDATE value = VALUES(value)`,
    // What another transaction has committed meanwhile would not be seen by a plain read in one that has its own picture.
    read: `SELECT value FROM ${name} WHERE name = ? LOCK IN SHARE MODE`,
    remove: `DELETE FROM ${name} WHERE name = ? AND value IN (?, ?)`,
    old: `SELECT name FROM ${name} WHERE created_at < UNIX_TIMESTAMP() - ? AND name LIKE 'once:%' LIMIT ${mostAtOnce}`,
    forget: `DELETE FROM ${name} WHERE name = ? AND created_at < UNIX_TIMESTAMP() - ?`,
  }
}

export function sqliteEffects(table: string): EffectSql {
  const name = `"${table}"`
  const insert = `INSERT INTO ${name} (name, value, created_at) VALUES (?, ?, unixepoch()) ON CONFLICT (name)`
  return {
    schema: [
      `CREATE TABLE IF NOT EXISTS ${name} (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL,
  created_at INTEGER NOT NULL
)`,
      `CREATE INDEX IF NOT EXISTS "${table}_age" ON ${name} (created_at)`,
    ],
    insert: `${insert} DO NOTHING`,
    put: `${insert} DO UPDATE SET value = excluded.value`,
    read: `SELECT value FROM ${name} WHERE name = ?`,
    remove: `DELETE FROM ${name} WHERE name = ? AND value IN (?, ?)`,
    old: `SELECT name FROM ${name} WHERE created_at < unixepoch() - ? AND name LIKE 'once:%' LIMIT ${mostAtOnce}`,
    forget: `DELETE FROM ${name} WHERE name = ? AND created_at < unixepoch() - ?`,
  }
}
