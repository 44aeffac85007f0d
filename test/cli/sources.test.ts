import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { changeIn, noteJobs } from '../../src/cli/work/sources.ts'
import type { Config } from '../../src/contract/config.ts'
import { ModuleFiles } from '../../src/process/module-files.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thinkq-sources-'))
  mkdirSync(join(root, 'jobs'))
  writeFileSync(join(root, 'jobs/One.mjs'), '')
})
afterEach(() => rmSync(root, { recursive: true }))

it.each<[string, string, () => void]>([
  ['a job that was written', 'jobs/One.mjs', () => writeFileSync(join(root, 'jobs/One.mjs'), 'new')],
  ['a job that is new', 'jobs/Two.mjs', () => writeFileSync(join(root, 'jobs/Two.mjs'), '')],
  ['a job that is gone', 'jobs/One.mjs', () => rmSync(join(root, 'jobs/One.mjs'))],
  ['a jobs folder that is gone', 'jobs/One.mjs', () => rmSync(join(root, 'jobs'), { recursive: true })],
  ['a .env that is new', '.env', () => writeFileSync(join(root, '.env'), 'A=1')],
])('a process that has loaded the jobs sees %s', (_, file, change) => {
  const modules = new ModuleFiles()
  const jobs = noteJobs(modules, { jobs: join(root, 'jobs'), root } as Config)
  const sources = { files: modules.stamps(), jobs }
  expect(changeIn(sources)).toBeUndefined()
  change()
  expect(changeIn(sources)).toBe(join(root, file))
})
