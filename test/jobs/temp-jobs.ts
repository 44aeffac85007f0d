import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'

/** A folder with these files, gone when the test ends; node caches modules by path, so each test has its own. */
export function jobsFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'thinkq-jobs-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** Node's own import: the test runner would put its transpiler in the way of one written here. */
export const load: (file: string) => Promise<Record<string, unknown>> = async (file) =>
  nodeImport(pathToFileURL(file).href)

const nodeImport = createRequire(import.meta.url)('./node-import.cjs') as typeof load

/** A job class that answers what it was called with. */
export function classNamed(name: string, members = ''): string {
  return `export default class ${name} { ${members}
    fire(job, data) { return ['fire', job, data] } }`
}
