import { mysqlEffects } from '../../../database/effects/effect-sql.ts'
import type { TableNames } from '../options.ts'

const engine = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4'

/** What reserving and expiry go by; PHP's table has neither. */
export function jobsIndexes({
  jobs,
}: TableNames): readonly { readonly name: string; readonly columns: string }[] {
  return [
    { name: `${jobs}_due`, columns: 'queue,reserved,available_at,id' },
    { name: `${jobs}_leased`, columns: 'queue,reserved,reserved_at' },
  ]
}

/**
 * The table of jobs, as think-queue has it: times are unix seconds. Ids are wider than PHP's, whose table would be full after
 * two thousand million jobs; names of queues are told apart by their letters' case.
 */
export function jobsSchema(names: TableNames): readonly string[] {
  const keys = jobsIndexes(names).map(({ name, columns }) => `  KEY \`${name}\` (${columns})`)
  return [
    `CREATE TABLE IF NOT EXISTS \`${names.jobs}\` (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  queue VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  payload LONGTEXT NOT NULL,
  attempts TINYINT UNSIGNED NOT NULL,
  reserved TINYINT UNSIGNED NOT NULL,
  reserved_at INT UNSIGNED NULL,
  available_at INT UNSIGNED NOT NULL,
  created_at INT UNSIGNED NOT NULL,
${keys.join(',\n')}
) ${engine}`,
  ]
}

/** The table of failed jobs, as think-queue 3 has it; `fail_time` is UTC, with milliseconds. */
export function failedSchema({ failed }: TableNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS \`${failed}\` (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  connection VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  queue VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  payload LONGTEXT NOT NULL,
  exception LONGTEXT NOT NULL,
  fail_time DATETIME(3) NOT NULL,
  KEY \`${failed}_queue\` (connection(64), queue(128), id)
) ${engine}`,
  ]
}

/** Shared values (`expires_at` in ms since the epoch) and what must not happen twice. */
export function ownSchema({ cache, once }: TableNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS \`${cache}\` (
  name VARBINARY(255) NOT NULL PRIMARY KEY,
  value MEDIUMTEXT NOT NULL,
  expires_at BIGINT NULL
) ${engine}`,
    ...mysqlEffects(once).schema,
  ]
}

/** What adds an index to a table that somebody else made. */
export function addIndexSql(table: string, { name, columns }: { name: string; columns: string }): string {
  return `ALTER TABLE \`${table}\` ADD INDEX \`${name}\` (${columns})`
}
