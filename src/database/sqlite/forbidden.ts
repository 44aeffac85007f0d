import { accessSync, constants } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { StoreError } from '../../contract/errors.ts'

const refusals = new Set(['EACCES', 'EPERM', 'EROFS'])
/** SQLite keeps its journal or its log beside the file and must be able to use what another process left there. */
const besides = ['', '-journal', '-wal', '-shm']

/** Whether the system refused a file or folder to this user, which no waiting changes. */
export function isRefusal(error: unknown): boolean {
  return refusals.has(String((error as { code?: unknown } | null)?.code))
}

/** What this user may not do at a database's path as an error, or null when nothing there is refused. */
export function forbiddenError(file: string, cause: unknown): StoreError | null {
  const culprit = refused(file)
  if (culprit === null) return null
  return new StoreError(`database ${file}: ${culprit} may not be written by this user (${userName()})`, {
    code: 'FORBIDDEN',
    transient: false,
    cause,
  })
}

function refused(file: string): string | null {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const answer = tried(folder, constants.W_OK | constants.X_OK)
    if (answer === 'refused') return folder
    if (answer === 'usable' || folder === dirname(folder)) break
  }
  const paths = besides.map((ending) => `${file}${ending}`)
  return paths.find((path) => tried(path, constants.R_OK | constants.W_OK) === 'refused') ?? null
}

function tried(path: string, mode: number): 'usable' | 'refused' | 'missing' {
  try {
    accessSync(path, mode)
    return 'usable'
  } catch (error) {
    return isRefusal(error) ? 'refused' : 'missing'
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}
