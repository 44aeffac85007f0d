import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** A folder of its own for a project of these files, in which this package is installed; whoever makes it removes it. */
export function tempProject(name, files) {
  const folder = mkdtempSync(join(tmpdir(), `thinkq-${name}-`))
  mkdirSync(join(folder, 'jobs'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'thinkq'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, type: 'module' }))
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
  return folder
}
