import { mysqlEffects } from '../../../database/effects/effect-sql.ts'
import type { TableNames } from '../options.ts'

const engine = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4'

/** The columns of the index that reserving goes by; PHP's table has none. */
export const dueIndex = 'queue,reserved,available_at,id'

/**
 * The table of jobs, as think-queue has it: times are unix seconds. Ids are wider than PHP's, whose table would be full after
 * two thousand million jobs; names of queues are told apart by their letters' case.
 */
export function jobsSchema({ jobs }: TableNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS \`${jobs}\` (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  queue VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  payload LONGTEXT NOT NULL,
  attempts TINYINT UNSIGNED NOT NULL,
  reserved TINYINT UNSIGNED NOT NULL,
  reserved_at INT UNSIGNED NULL,
  available_at INT UNSIGNED NOT NULL,
  created_at INT UNSIGNED NOT NULL,
  KEY \`${jobs}_due\` (${dueIndex})
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

/** What adds that index to a table that somebody else made. */
export function addIndexSql({ jobs }: TableNames): string {
  return `ALTER TABLE \`${jobs}\` ADD INDEX \`${jobs}_due\` (${dueIndex})`
}
