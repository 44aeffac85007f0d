import { StoreError } from '../../contract/errors.ts'
import type { SqliteDriver } from './driver.ts'
import { forbiddenError, isRefusal } from './forbidden.ts'

/** SQLite's primary result codes, in the words of `StoreError.code`. */
const failures: Record<number, { code: string; transient: boolean; meaning: string }> = {
  5: { code: 'BUSY', transient: true, meaning: 'another connection held the lock all the time' },
  6: { code: 'BUSY', transient: true, meaning: 'a table is locked by another connection' },
  7: { code: 'NOMEM', transient: true, meaning: 'out of memory' },
  8: { code: 'READONLY', transient: false, meaning: 'the file or its folder cannot be written' },
  10: { code: 'IOERR', transient: true, meaning: 'the disk answered with an error' },
  11: { code: 'CORRUPT', transient: false, meaning: 'the file is damaged; nothing was changed or deleted' },
  13: { code: 'FULL', transient: true, meaning: 'the disk is full' },
  14: { code: 'CANTOPEN', transient: true, meaning: 'the file cannot be opened' },
  15: { code: 'BUSY', transient: true, meaning: 'the file locks did not come free' },
  19: { code: 'CONSTRAINT', transient: false, meaning: 'a constraint refused it' },
  26: {
    code: 'NOTADB',
    transient: false,
    meaning: 'the file is not a database; nothing was changed or deleted',
  },
}

const movedOrDeleted = 1032
const busyCodes = new Set([5, 6, 15])
/** After these a connection is not used again: it may hold a half-done statement or a view of a file that has changed. */
const poisonous = new Set([
  'BUSY',
  'IOERR',
  'CORRUPT',
  'NOTADB',
  'CANTOPEN',
  'NOMEM',
  'READONLY',
  'MOVED',
  'FORBIDDEN',
])
const withoutFile = new Set(['MOVED', 'CANTOPEN', 'FORBIDDEN'])
/** These may mean that the user lacks a permission, which is then the error. */
const maybeForbidden = new Set(['CANTOPEN', 'READONLY'])

/** Whether waiting may help: the lock is held elsewhere. */
export function isBusy(driver: SqliteDriver, error: unknown): boolean {
  const code = driver.errorCode(error)
  return code !== null && busyCodes.has(code & 0xff)
}

/** A driver's error as this project's own, naming the file. Others pass unchanged. */
export function storeError(driver: SqliteDriver, error: unknown, file: string): unknown {
  if (error instanceof StoreError) return error
  const extended = driver.errorCode(error)
  if (extended === null) return (isRefusal(error) && forbiddenError(file, error)) || error
  const detail = error instanceof Error ? error.message : String(error)
  if (extended === movedOrDeleted) return movedError(file, error)
  const failure = failures[extended & 0xff]
  if (failure === undefined)
    return new StoreError(`database ${file}: ${detail}`, { code: 'SQL', transient: false, cause: error })
  const { code, transient, meaning } = failure
  const forbidden = maybeForbidden.has(code) ? forbiddenError(file, error) : null
  if (forbidden !== null) return forbidden
  return new StoreError(`database ${file}: ${meaning} (${detail})`, { code, transient, cause: error })
}

/** What the connection still reads and writes is not what lies at the path. */
export function movedError(file: string, cause?: unknown): StoreError {
  return new StoreError(`database ${file}: the file was moved or deleted while it was open`, {
    code: 'MOVED',
    transient: true,
    cause,
  })
}

/** Whether the path must be prepared again before the next connection: its folder may be gone too. */
export function isWithoutFile(error: unknown): boolean {
  return error instanceof StoreError && withoutFile.has(error.code)
}

export function spoilsConnection(error: unknown): boolean {
  return error instanceof StoreError && poisonous.has(error.code)
}
