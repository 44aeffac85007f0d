import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { ConfigError } from '../contract/errors.ts'
import { fileName } from './names.ts'

/** A module that should hold a job. */
export interface JobFile {
  /** Its path in the jobs folder without the extension, by `/`, the first folder in lower case: `admin/Job1`. */
  readonly name: string
  /** Absolute. */
  readonly file: string
}

const moduleFile = /\.[cm]?[jt]s$/
const notAJob = /\.d\.([^.]+\.)?[cm]?ts$|\.(test|spec)\.[cm]?[jt]s$/

/**
 * The job modules of a folder and of the folders in it, sorted by path; null when there is no such folder. Names that start
 * with `.` or `_`, node_modules, declarations and tests are no jobs. Two files of one name (`Job1.ts`, `Job1.js`) are both
 * listed. Synchronous, because it is done once: when a worker starts, or at the first push of a class.
 */
export function discoverJobs(folder: string): readonly JobFile[] | null {
  const root = resolve(folder)
  const kind = kindOf(root)
  if (kind === undefined) return null
  if (kind !== 'folder') throw new ConfigError(`the jobs folder ${root} is not a folder`)
  return moduleFiles(root)
    .map((file) => ({ name: fileName(relative(root, file), sep), file }))
    .sort((a, b) => compare(a.file, b.file))
}

/** Every folder is read once, a real one before a link to it, so that links in a circle end. */
function moduleFiles(root: string): string[] {
  const files: string[] = []
  const read = new Set<string>()
  const folders = [root]
  const linked: string[] = []
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop() ?? linked.shift()) {
    const real = realpathSync(folder)
    if (read.has(real)) continue
    read.add(real)
    for (const entry of entriesOf(folder)) {
      if (isIgnored(entry.name)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isSymbolicLink() && kindOf(path) === 'folder') linked.push(path)
      else if (isModule(entry)) files.push(path)
    }
  }
  return files
}

/** A dangling link counts as a module: loading it says what is wrong with it. */
function isModule(entry: Dirent): boolean {
  if (!entry.isFile() && !entry.isSymbolicLink()) return false
  return moduleFile.test(entry.name) && !notAJob.test(entry.name)
}

function isIgnored(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_') || name === 'node_modules'
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => compare(a.name, b.name))
  } catch (error) {
    throw new ConfigError(`the jobs folder ${folder} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function kindOf(path: string): 'folder' | 'other' | undefined {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ELOOP') return undefined
    if (code === 'ENOTDIR') return 'other'
    throw new ConfigError(`${path} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/** By code unit: the order must not depend on the machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
