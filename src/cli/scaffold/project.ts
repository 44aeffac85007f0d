import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** TypeScript where the project uses it; otherwise `.mjs`, which is an ES module in a CommonJS project too. */
export async function languageOf(root: string): Promise<'ts' | 'mjs'> {
  if (existsSync(join(root, 'tsconfig.json'))) return 'ts'
  const { dependencies, devDependencies } = await manifest(root)
  return { ...dependencies, ...devDependencies }.typescript === undefined ? 'mjs' : 'ts'
}

/** Writes a new file and the folders above it; false when the file is there already, which is left as it is. */
export async function writeNew(file: string, text: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true })
  try {
    await writeFile(file, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
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
