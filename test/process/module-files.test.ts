import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changedFile } from '../../src/process/file-stamps.ts'
import { ModuleFiles } from '../../src/process/module-files.ts'

describe('the files behind a module', () => {
  let root: string
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'thinkq-files-')))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), text)
    }
  }

  const noted = (file: string) => {
    const modules = new ModuleFiles()
    modules.note(join(root, file))
    return modules.stamps()
  }

  it('are found by every way of importing, through circles, however they are named', () => {
    write({
      'jobs/A.ts': `import { b } from '../lib/b.js'
        export * from "./c"
        const d = await import('../lib/d')
        import './e.mjs'`,
      'lib/b.ts': "import type { A } from '../jobs/A'",
      'jobs/c.ts': "import data from '../lib/data.json' with { type: 'json' }",
      'lib/d/index.cjs': "require('../f.cjs'); require('./none')",
      'jobs/e.mjs': "import pkg from 'pkg'",
      'lib/f.cjs': '',
      'lib/data.json': '{}',
      'lib/other.ts': '',
    })
    // `lib/d/none` is nowhere, and may come.
    const names = [
      'jobs/A.ts',
      'jobs/c.ts',
      'jobs/e.mjs',
      'lib/b.ts',
      'lib/d/index.cjs',
      'lib/d/none',
      'lib/data.json',
      'lib/f.cjs',
    ]
    const own = Object.keys(noted('jobs/A.ts')).filter((file) => file.startsWith(root))
    expect(own.sort()).toEqual(names.map((name) => join(root, name)).sort())
  })

  it('do not include packages', () => {
    write({ 'a.mjs': "import './node_modules/p/index.js'", 'node_modules/p/index.js': '' })
    expect(Object.keys(noted('a.mjs')).filter((file) => file.startsWith(root))).toEqual([join(root, 'a.mjs')])
  })

  it('have changed when one was written, came or went', () => {
    write({ 'a.mjs': "import './b.mjs'", 'b.mjs': '1' })
    const stamps = noted('a.mjs')
    expect(changedFile(stamps)).toBeUndefined()
    write({ 'b.mjs': '22' })
    expect(changedFile(stamps)).toBe(join(root, 'b.mjs'))
    rmSync(join(root, 'b.mjs'))
    expect(changedFile(stamps)).toBe(join(root, 'b.mjs'))
    const missing = noted('.env')
    expect(changedFile(missing)).toBeUndefined()
    write({ '.env': '' })
    expect(changedFile(missing)).toBe(join(root, '.env'))
  })
})
