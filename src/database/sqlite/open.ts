import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from '../../contract/errors.ts'
import type { Ms } from '../../contract/time.ts'
import { whenFree } from './busy.ts'
import { SqliteConnection } from './connection.ts'
import { type SqliteDriver, walIsSafe } from './driver.ts'
import { isBusy } from './failures.ts'
import { forbiddenError, isRefusal } from './forbidden.ts'
import { networkFileSystem } from './network.ts'

/** Files up to this size are checked page by page when first opened; that takes some tens of milliseconds. */
const checkedBytes = 16 * 2 ** 20
/** Longest wait for the other users of a write-ahead log to go before an old SQLite refuses it. */
const conversionMs = 2_000

/** Refuses what must not be opened, makes the folder, and settles the journal mode. Throws; deletes and repairs nothing. */
export async function prepareFile(driver: SqliteDriver, file: string, deadline: Ms): Promise<void> {
  const folder = dirname(file)
  makeFolder(folder, file)
  const network = networkFileSystem(folder)
  if (network !== null)
    throw new StoreError(
      `database ${file}: lies on a network file system (${network}), where SQLite's locks cannot be trusted; ` +
        'use a local disk, or the redis connector',
      { code: 'NETWORK_FILE_SYSTEM', transient: false },
    )
  const size = sizeOf(file)
  await settleJournal(driver, file, deadline)
  if (size > 0 && size <= checkedBytes) await check(driver, file, deadline)
}

/** A connection to a prepared file. A commit is on the disk when it returns, and nothing waits inside SQLite. */
export async function connect(driver: SqliteDriver, file: string, deadline: Ms): Promise<SqliteConnection> {
  const connection = new SqliteConnection(driver.connect(file))
  try {
    await whenFree(driver, deadline, () => {
      connection.run(
        'PRAGMA busy_timeout=0; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_spill=OFF',
      )
      if (journalMode(connection) !== 'wal') connection.query('PRAGMA journal_mode=TRUNCATE')
    })
    connection.adopt(file)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

function makeFolder(folder: string, file: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    const forbidden = isRefusal(cause) ? forbiddenError(file, cause) : null
    if (forbidden !== null) throw forbidden
    const transient = /^(ENOSPC|EMFILE|ENFILE|EIO|EDQUOT)$/.test(String((cause as { code?: unknown }).code))
    throw new StoreError(`database ${file}: its folder cannot be made (${(cause as Error).message})`, {
      code: 'CANTOPEN',
      transient,
      cause,
    })
  }
}

function sizeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats?.isDirectory())
    throw new StoreError(
      `database ${file}: is a folder; name a file in it, for instance ${file}/queue.sqlite`,
      {
        code: 'CANTOPEN',
        transient: false,
      },
    )
  return stats?.size ?? 0
}

/** The mode is chosen when the file is made; afterwards only an old SQLite changes it, and only away from write-ahead logging. */
async function settleJournal(driver: SqliteDriver, file: string, deadline: Ms): Promise<void> {
  if (walIsSafe(driver)) return startLog(driver, file, deadline)
  const patience = Math.min(deadline, performance.now() + conversionMs)
  try {
    await whenFree(driver, patience, () => putLogAway(driver, file))
  } catch (error) {
    throw isBusy(driver, error) ? refusal(driver, file, error) : error
  }
}

async function startLog(driver: SqliteDriver, file: string, deadline: Ms): Promise<void> {
  const connection = new SqliteConnection(driver.connect(file))
  try {
    await whenFree(driver, deadline, () => {
      const [pages] = connection.query('PRAGMA page_count')
      if (pages?.page_count === 0) connection.query('PRAGMA journal_mode=WAL')
    })
  } finally {
    connection.close()
  }
}

/**
 * Succeeds when there is no write-ahead log, or when this is its only user; else the file is busy. A connection each time, closed
 * at once, so that two who try together do not stand in each other's way for good; nothing is prepared, because libsql keeps a
 * file open while a prepared statement lives.
 */
function putLogAway(driver: SqliteDriver, file: string): void {
  const connection = new SqliteConnection(driver.connect(file))
  try {
    connection.run('PRAGMA journal_mode=TRUNCATE')
  } finally {
    connection.close()
  }
}

function refusal(driver: SqliteDriver, file: string, cause: unknown): StoreError {
  return new StoreError(
    `database ${file}: another process uses it with write-ahead logging, as SQLite 3.51.3 and later may; ` +
      `this process has SQLite ${driver.version.join('.')} (${driver.name}), which could damage such a file. ` +
      'Stop the others once, or run all of them on a current Node 22 or later',
    { code: 'JOURNAL', transient: false, cause },
  )
}

function journalMode(connection: SqliteConnection): string {
  const [row] = connection.query('PRAGMA journal_mode')
  return String(row?.journal_mode)
}

async function check(driver: SqliteDriver, file: string, deadline: Ms): Promise<void> {
  const connection = await connect(driver, file, deadline)
  try {
    const [row] = await whenFree(driver, deadline, () => connection.query('PRAGMA quick_check(1)'))
    const answer = String(Object.values(row ?? {})[0])
    if (answer !== 'ok')
      throw new StoreError(
        `database ${file}: the file is damaged; nothing was changed or deleted (${answer})`,
        {
          code: 'CORRUPT',
          transient: false,
        },
      )
  } finally {
    connection.close()
  }
}
