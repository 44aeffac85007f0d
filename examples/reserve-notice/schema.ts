import type { Executor } from 'thinkq/database'
import { words } from './words.ts'

const tables = [
  `CREATE TABLE IF NOT EXISTS admins (
    id INTEGER PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    status INTEGER NOT NULL,
    official_account_openid VARCHAR(255) NOT NULL DEFAULT ''
  ${words.tableEnd}`,
  `CREATE TABLE IF NOT EXISTS aunts (
    id INTEGER PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    phone VARCHAR(255) NOT NULL DEFAULT ''
  ${words.tableEnd}`,
  `CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY,
    order_number VARCHAR(255) NOT NULL UNIQUE,
    status INTEGER NOT NULL,
    user_name VARCHAR(255),
    phone VARCHAR(255),
    service_id INTEGER,
    service_name VARCHAR(255),
    to_door_address VARCHAR(255),
    residence_area VARCHAR(255),
    hours REAL
  ${words.tableEnd}`,
  `CREATE TABLE IF NOT EXISTS order_service_reserves (
    id ${words.ownId},
    reservation_number VARCHAR(255) NOT NULL UNIQUE,
    order_id INTEGER NOT NULL,
    user_name VARCHAR(255) NOT NULL,
    user_phone VARCHAR(255) NOT NULL,
    service_name VARCHAR(255) NOT NULL,
    service_id INTEGER NOT NULL,
    to_door_address VARCHAR(255) NOT NULL,
    residence_area VARCHAR(255) NOT NULL,
    reservation_time VARCHAR(255) NOT NULL,
    start_time VARCHAR(255) NOT NULL,
    end_time VARCHAR(255) NOT NULL,
    hours REAL NOT NULL,
    aunt_name VARCHAR(255) NOT NULL,
    aunt_id INTEGER NOT NULL,
    status INTEGER NOT NULL,
    is_fixed_aunt INTEGER NOT NULL,
    remark VARCHAR(255) NOT NULL
  ${words.tableEnd}`,
  `CREATE TABLE IF NOT EXISTS order_reserve_aunts (
    order_service_reserve_id INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    aunt_id INTEGER NOT NULL,
    aunt_name VARCHAR(255) NOT NULL,
    PRIMARY KEY (order_service_reserve_id, aunt_id)
  ${words.tableEnd}`,
  `CREATE TABLE IF NOT EXISTS notices_sent (
    reservation_id INTEGER NOT NULL,
    open_id VARCHAR(255) NOT NULL,
    PRIMARY KEY (reservation_id, open_id)
  ${words.tableEnd}`,
  `CREATE TABLE IF NOT EXISTS notice_failures (
    reservation_id INTEGER NOT NULL,
    reason VARCHAR(255) NOT NULL,
    failed_at VARCHAR(255) NOT NULL
  ${words.tableEnd}`,
]

/** Makes the application's tables where they are missing. The queue makes its own. */
export async function createTables(db: Executor): Promise<void> {
  for (const table of tables) await db.execute(table)
}
