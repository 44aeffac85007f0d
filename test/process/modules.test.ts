import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/contract/errors.ts'
import { loadModule } from '../../src/process/modules.ts'
import { folderWith } from '../config/folder.ts'

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const run = promisify(execFile)

async function refusal(work: Promise<unknown>): Promise<ConfigError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConfigError)
  return error as ConfigError
}

/** Puts the built package into a project's node_modules, as files of its own or as `npm link` does. */
function install(project: string, how: 'copied' | 'linked'): string {
  const folder = join(project, 'node_modules', 'thinkq')
  mkdirSync(dirname(folder), { recursive: true })
  if (how === 'linked') symlinkSync(repository, folder)
  else
    for (const part of ['dist', 'package.json'])
      cpSync(join(repository, part), join(folder, part), { recursive: true })
  if (how === 'copied')
    for (const name of readdirSync(join(repository, 'node_modules')))
      if (!name.startsWith('.'))
        symlinkSync(join(repository, 'node_modules', name), join(dirname(folder), name))
  return how === 'linked' ? repository : folder
}

/** What a spawned node of the built package says of each job: whether its thinkq is the running one, and its db's count. */
async function identities(
  project: string,
  packageFolder: string,
  files: readonly string[],
): Promise<unknown> {
  const at = (path: string) => JSON.stringify(pathToFileURL(join(packageFolder, 'dist', path)).href)
  const script = `
    import { defineJob } from ${at('index.js')}
    import { createDatabase } from ${at('database/index.js')}
    import * as testing from ${at('testing/index.js')}
    import { loadModule } from ${at('process/modules.js')}
    const files = ${JSON.stringify(files)}
    const loaded = await Promise.all(files.map((file) => loadModule(file)))
    console.log(JSON.stringify(loaded.map((each) => [
      each.defineJob === defineJob, each.createDatabase === createDatabase,
      each.testing === undefined || Object.keys(testing).every((key) => each.testing[key] === testing[key]),
      each.copies,
    ])))`
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: project,
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

const db =
  'globalThis.copies = (globalThis.copies ?? 0) + 1\nexport const copies: number = globalThis.copies\n'
const esm = `
  import { defineJob } from 'thinkq'
  import { createDatabase } from 'thinkq/database'
  import * as testing from 'thinkq/testing'
  import { copies } from './db.ts'
  export { defineJob, createDatabase, testing, copies }`
const script = `
  export { defineJob } from 'thinkq'
  export { createDatabase } from 'thinkq/database'
  export const copies = 1`
const commonJs = `
  const { defineJob } = require('thinkq')
  const { createDatabase } = require('thinkq/database')
  module.exports = { defineJob, createDatabase, copies: 1 }`

const same = [true, true, true, 1]

describe('thinkq inside a user’s module is the thinkq that runs it', () => {
  it.each([
    ['ES module', 'copied', '{ "type": "module" }'],
    ['CommonJS', 'copied', '{}'],
    ['ES module', 'linked', '{ "type": "module" }'],
    ['CommonJS', 'linked', '{ "type": "commonjs" }'],
  ] as const)('in a project of %s kind with the package %s', async (_, how, packageJson) => {
    const project = folderWith({
      'package.json': packageJson,
      ...{
        'jobs/db.ts': db,
        'jobs/a.ts': esm,
        'jobs/b.mts': esm,
        'jobs/sub/c.ts': esm.replace('./db', '../db'),
      },
      ...{ 'jobs/d.mjs': script, 'jobs/e.js': script, 'jobs/f.cjs': commonJs, 'jobs/g.cts': commonJs },
    })
    const packageFolder = install(project, how)
    const files = ['a.ts', 'b.mts', 'sub/c.ts', 'd.mjs', 'e.js', 'f.cjs', 'g.cts'].map(
      (name) => `./jobs/${name}`,
    )
    expect(await identities(project, packageFolder, files)).toEqual(files.map(() => same))
  })

  it('in this repository itself, whose tsconfig maps thinkq to the source', async () => {
    const file = join(repository, 'test', 'fixtures', 'self', 'identity.ts')
    expect(await identities(repository, repository, [file])).toEqual([same])
  })
})

describe('what a module exports', () => {
  it.each([
    ['a.ts', 'export default 1 as number\nexport const two = 2', { default: 1, two: 2 }],
    ['a.mjs', 'export default 1\nexport const two = 2', { default: 1, two: 2 }],
    ['a.mts', 'export const two: number = 2', { two: 2 }],
    [
      'a.cjs',
      'module.exports = { default: "queue name", host: "h" }',
      { default: { default: 'queue name', host: 'h' } },
    ],
    ['a.cts', 'module.exports = { default: "queue name" } as object', { default: { default: 'queue name' } }],
    ['a.cjs', 'exports.__esModule = true; exports.default = 1; exports.two = 2', { default: 1, two: 2 }],
    ['a.js', 'exports.__esModule = true; exports.default = 1; exports.two = 2', { default: 1, two: 2 }],
    ['a.js', 'module.exports = { host: "h" }', { default: { host: 'h' } }],
    ['a.json', '{ "host": "h" }', { default: { host: 'h' } }],
    ['a.cjs', 'module.exports = null', { default: null }],
  ])('%s holding %s', async (name, text, exports) => {
    expect(await loadModule(join(folderWith({ [name]: text }), name))).toMatchObject(exports)
  })

  it('a class keeps its statics and a CommonJS class is the default', async () => {
    const folder = folderWith({
      'a.ts': 'export default class Job1 { static tries = 3; fire() {} }',
      'b.cts': 'module.exports = class Job2 { static tries = 4 }',
      'c.cjs': 'module.exports = class Job3 { static tries = 5 }',
    })
    const tries = async (name: string) => {
      const { default: job } = await loadModule(join(folder, name))
      const { name: className, tries } = job as { name: string; tries: number }
      return [className, tries]
    }
    expect(await tries('a.ts')).toEqual(['Job1', 3])
    expect(await tries('b.cts')).toEqual(['Job2', 4])
    expect(await tries('c.cjs')).toEqual(['Job3', 5])
  })

  it('a package is found from the root, an ES module too', async () => {
    const root = folderWith({
      'node_modules/@acme/store/package.json': '{ "type": "module", "exports": { "import": "./main.js" } }',
      'node_modules/@acme/store/main.js': 'export default 7',
    })
    expect(await loadModule('@acme/store', root)).toMatchObject({ default: 7 })
    expect((await refusal(loadModule('@acme/nope', root))).message).toContain(
      'the package @acme/nope could not',
    )
  })

  it('paths of the project’s own tsconfig are understood', async () => {
    const folder = folderWith({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@app/*": ["./src/*"] } } }',
      'src/db.ts': 'export const name: string = "db"',
      'jobs/deep/a.ts': 'import { name } from "@app/db"\nexport default name',
    })
    expect(await loadModule(join(folder, 'jobs/deep/a.ts'))).toMatchObject({ default: 'db' })
  })
})

describe('loading', () => {
  it('gives every module that asks at the same time the one copy of what they share', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `job${i}.ts`)
    const job = 'import { shared } from "./shared.ts"\nexport default shared'
    const folder = folderWith({
      'shared.ts': 'await new Promise(setImmediate)\nexport const shared: object = {}',
      ...Object.fromEntries(names.map((name) => [name, job])),
    })
    const loaded = await Promise.all(names.map((name) => loadModule(join(folder, name))))
    expect(new Set(loaded.map((each) => each.default)).size).toBe(1)
  })

  it('loads a file once', async () => {
    const file = join(folderWith({ 'a.mjs': 'export default {}' }), 'a.mjs')
    expect(await loadModule(file)).toBe(await loadModule(file))
  })

  it('after a failure the others load, and the file may be mended', async () => {
    const folder = folderWith({ 'bad.ts': 'export default (', 'good.ts': 'export default 1' })
    const [bad, good] = await Promise.allSettled(
      ['bad.ts', 'good.ts'].map((name) => loadModule(join(folder, name))),
    )
    expect([bad!.status, good!.status]).toEqual(['rejected', 'fulfilled'])
    writeFileSync(join(folder, 'bad.ts'), 'export default 2')
    expect(await loadModule(join(folder, 'bad.ts'))).toMatchObject({ default: 2 })
  })

  it('needs no room for its cache', async () => {
    const project = folderWith({ 'node_modules/.keep': '', 'job.ts': 'export const two: number = 2' })
    const url = pathToFileURL(join(repository, 'dist/process/modules.js')).href
    const text = `console.log((await (await import('${url}')).loadModule('./job.ts')).two)`
    const limited = `trap '' XFSZ; ulimit -f 0; exec "$0" --input-type=module -e "$1"`
    const { stdout } = await run('/bin/sh', ['-c', limited, process.execPath, text], { cwd: project })
    expect(stdout).toBe('2\n')
  })

  it('runs a module that throws only once', async () => {
    const key = `thrown${process.pid}`
    const text = `globalThis.${key} = (globalThis.${key} ?? 0) + 1\nthrow new Error('no database')`
    const folder = folderWith({ 'a.mjs': text, 'b.cjs': text, 'c.ts': text })
    for (const name of ['a.mjs', 'b.cjs', 'c.ts']) await refusal(loadModule(join(folder, name)))
    expect((globalThis as Record<string, unknown>)[key]).toBe(3)
  })
})

describe('a module that cannot be loaded is one clear error', () => {
  it.each([
    [
      'a.ts',
      'const a = 1\nexport default (',
      /a\.ts could not be loaded: ParseError: .* \(at .*a\.ts:2:\d+\)$/,
    ],
    ['a.js', 'export default {\n a b }', /a\.js could not be loaded: ParseError: .*a\.js:2:\d+\)$/],
    ['a.ts', '\n\nthrow new TypeError("boom")', /a\.ts could not be loaded: boom \(at .*a\.ts:3\)$/],
    [
      'a.ts',
      'import x from "./nope.ts"\nexport default x',
      /a\.ts could not be loaded: Cannot find module '.\/nope.ts' \(at .*a\.ts:1\)$/,
    ],
    [
      'a.cjs',
      'require("nope-at-all")',
      /a\.cjs could not be loaded: Cannot find module 'nope-at-all' \(at .*a\.cjs:1\)$/,
    ],
    ['a.ts', 'throw null', /a\.ts could not be loaded: it threw null$/],
    ['a.json', '{ "a": }', /a\.json could not be loaded: .*JSON/],
  ])('%s holding %j', async (name, text, message) => {
    const error = await refusal(loadModule(join(folderWith({ [name]: text }), name)))
    expect(error.message).toMatch(message)
    expect(error.message.split('\n')).toHaveLength(1)
    expect('cause' in error).toBe(true)
  })

  it('a module that never finishes is given up and named, and the next one loads', async () => {
    const folder = folderWith({
      'a.mjs': 'await new Promise(() => {})',
      'b.ts': 'await new Promise(() => {})',
      'c.mjs': 'export default 3',
    })
    const [a, b, c] = ['a.mjs', 'b.ts', 'c.mjs'].map((name) => join(folder, name))
    const stuck = [refusal(loadModule(a!, folder, 50)), refusal(loadModule(b!, folder, 200))]
    const next = loadModule(c!, folder)
    const [first, second] = await Promise.all(stuck)
    const asks = 'does its top level wait for something that never comes?'
    expect(first!.message).toBe(`${a} has not finished loading after 0.05 s: ${asks}`)
    expect(second!.message).toBe(`${b} has not finished loading after 0.2 s: ${asks}`)
    expect(await next).toMatchObject({ default: 3 })
  })

  it('the time in which the process stood still is not counted against a module that goes on', async () => {
    const text = `
      const { setTimeout: sleep } = await import('node:timers/promises')
      await sleep(1)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
      await sleep(20)
      export default 1`
    const folder = folderWith({ 'a.mjs': text })
    expect(await loadModule(join(folder, 'a.mjs'), folder, 200)).toMatchObject({ default: 1 })
  })

  it('a process that only waits for a module stays until the module is given up', async () => {
    const folder = folderWith({ 'a.mjs': 'await new Promise(() => {})' })
    const url = pathToFileURL(join(repository, 'dist/process/modules.js')).href
    const text = `const { loadModule } = await import('${url}')
      await loadModule('./a.mjs', undefined, 50).catch((error) => console.log(error.name))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', text], { cwd: folder })
    expect(stdout).toBe('ConfigError\n')
  })

  it('a missing file is named', async () => {
    const file = join(folderWith({}), 'gone.ts')
    expect((await refusal(loadModule(file))).message).toBe(`${file} does not exist`)
  })

  it('a tsconfig that cannot be read is told with the file', async () => {
    const folder = folderWith({ 'tsconfig.json': '{ "extends": "./nope.json" }', 'a.ts': 'export default 1' })
    expect((await refusal(loadModule(join(folder, 'a.ts')))).message).toMatch(
      /a\.ts could not be loaded: .*nope\.json/,
    )
  })
})
