import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { QueueError } from '../../contract/errors.ts'

/** TypeScript where the project uses it; otherwise `.mjs`, which is an ES module in a CommonJS project too. */
export async function languageOf(root: string): Promise<'ts' | 'mjs'> {
  if (existsSync(join(root, 'tsconfig.json'))) return 'ts'
  const { dependencies, devDependencies } = await manifest(root)
  return { ...dependencies, ...devDependencies }.typescript === undefined ? 'mjs' : 'ts'
}

/**
 * Writes a new file and the folders above it; false when the file is there already, which is left as it is. Rejects with a
 * `QueueError` of one sentence when the system refuses.
 */
export async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true })
  } catch (error) {
    throw unwritable(file, error)
  }
  try {
    await writeFile(file, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw unwritable(file, error)
  }
}

function unwritable(file: string, error: unknown): QueueError {
  const { code = '', message } = error as NodeJS.ErrnoException
  const why = refusals[code] ?? message
  return new QueueError('WRITE', `${relative(process.cwd(), file)} cannot be written: ${why}`, {
    cause: error,
  })
}

const refusals: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EEXIST: 'one of the folders above it is a file',
  ENOTDIR: 'one of the folders above it is a file',
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

async function manifest(root: string): Promise<Manifest> {
  try {
    return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
  } catch {
    return {}
  }
}
