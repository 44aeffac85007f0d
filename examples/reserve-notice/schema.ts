import type { Executor } from 'thinkq/database'

const tables = [
  `CREATE TABLE IF NOT EXISTS admins (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    status INTEGER NOT NULL,
    official_account_openid TEXT NOT NULL DEFAULT ''
  )`,
  `CREATE TABLE IF NOT EXISTS aunts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    phone TEXT NOT NULL DEFAULT ''
  )`,
  `CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY,
    order_number TEXT NOT NULL UNIQUE,
    status INTEGER NOT NULL,
    user_name TEXT,
    phone TEXT,
    service_id INTEGER,
    service_name TEXT,
    to_door_address TEXT,
    residence_area TEXT,
    hours REAL
  )`,
  `CREATE TABLE IF NOT EXISTS order_service_reserves (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reservation_number TEXT NOT NULL UNIQUE,
    order_id INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    user_phone TEXT NOT NULL,
    service_name TEXT NOT NULL,
    service_id INTEGER NOT NULL,
    to_door_address TEXT NOT NULL,
    residence_area TEXT NOT NULL,
    reservation_time TEXT NOT NULL,
    start_time TEXT NOT NULL,
    end_time TEXT NOT NULL,
    hours REAL NOT NULL,
    aunt_name TEXT NOT NULL,
    aunt_id INTEGER NOT NULL,
    status INTEGER NOT NULL,
    is_fixed_aunt INTEGER NOT NULL,
    remark TEXT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS order_reserve_aunts (
    order_service_reserve_id INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    aunt_id INTEGER NOT NULL,
    aunt_name TEXT NOT NULL,
    PRIMARY KEY (order_service_reserve_id, aunt_id)
  )`,
  `CREATE TABLE IF NOT EXISTS notices_sent (
    reservation_id INTEGER NOT NULL,
    open_id TEXT NOT NULL,
    PRIMARY KEY (reservation_id, open_id)
  )`,
  `CREATE TABLE IF NOT EXISTS notice_failures (
    reservation_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    failed_at TEXT NOT NULL
  )`,
]

/** Makes the application's tables where they are missing. The queue makes its own. */
export async function createTables(db: Executor): Promise<void> {
  for (const table of tables) await db.execute(table)
}
