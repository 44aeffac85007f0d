import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Jiti } from 'jiti'
import { ConfigError } from '../contract/errors.ts'
import type { Ms } from '../contract/time.ts'
import { afterAwake } from './awake.ts'
import { systemClock } from './clock.ts'
import { siblingModule } from './own-package.ts'

/** What a module exports, by name. `default` is there for CommonJS too: its `module.exports`. */
export type ModuleExports = Record<string, unknown>

/** What tells a file from a package. */
const endings = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'])

/** How long a module may take: one whose top level never settles would end the process unheard, or keep it for ever. */
const longestLoadMs: Ms = 10_000

const modules = new Map<string, Promise<ModuleExports>>()
const loaders = new Map<string, Promise<Jiti>>()
let turn: Promise<unknown> = Promise.resolve()

/**
 * Loads a user's module, TypeScript or JavaScript, ES module or CommonJS: once, and one after another, because two loads at
 * a time would each get their own copy of a file both import. `thinkq` in it is this running copy. `module` is a path, or the
 * name of a package, as seen from `root`. Throws a `ConfigError` naming the file. A module must not wait for another load at
 * its top level. One that has not loaded after `deadlineMs` is refused, and the next one's turn comes.
 */
export function loadModule(
  module: string,
  root = process.cwd(),
  deadlineMs = longestLoadMs,
): Promise<ModuleExports> {
  const isFile = isAbsolute(module) || module.startsWith('.') || endings.has(extname(module))
  const path = isFile ? resolve(root, module) : resolve(root, 'node_modules', module)
  const known = modules.get(path)
  if (known !== undefined) return known
  const loading = turn.then(() =>
    isFile
      ? inTime(loadFile(path), path, deadlineMs)
      : inTime(loadPackage(module, root), `the package ${module}`, deadlineMs),
  )
  turn = loading.catch(() => modules.delete(path))
  modules.set(path, loading)
  return loading
}

/**
 * The timer also keeps the process: a wait for what never comes does not. A process that was frozen for longer than a module may
 * take, while it loaded one, gives that module its time all the same.
 */
async function inTime<Result>(work: Promise<Result>, name: string, deadlineMs: Ms): Promise<Result> {
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    const problem = `${name} has not finished loading after ${deadlineMs / 1_000} s: does its top level wait for something that never comes?`
    cancel = afterAwake(systemClock, deadlineMs, () => reject(new ConfigError(problem)))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
  }
}

async function loadFile(file: string): Promise<ModuleExports> {
  if (!existsSync(file)) throw new ConfigError(`${file} does not exist`)
  try {
    return exportsOf(await importFile(file))
  } catch (error) {
    throw new ConfigError(`${file} could not be loaded: ${reasonOf(error, file)}`, { cause: error })
  }
}

async function loadPackage(name: string, root: string): Promise<ModuleExports> {
  try {
    const loader = await loaderFor(root)
    return exportsOf(await loader.import(name))
  } catch (error) {
    throw new ConfigError(`the package ${name} could not be loaded: ${reasonOf(error, name)}`, {
      cause: error,
    })
  }
}

/** `.mjs` and `.cjs` are node's own: only what node cannot load is transpiled, so a module that throws never runs twice. */
async function importFile(file: string): Promise<unknown> {
  const extension = extname(file)
  try {
    if (extension === '.mjs') return await import(pathToFileURL(file).href)
    if (extension === '.cjs') return createRequire(file)(file)
  } catch (error) {
    if (!isLoaderError(error)) throw error
  }
  return transpile(file)
}

/** Loads by way of the loader; a disk too full for its cache keeps no worker from starting. */
async function transpile(file: string): Promise<unknown> {
  const folder = dirname(file)
  try {
    return await (await loaderFor(folder)).import(file)
  } catch (error) {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
    if (!unwritable.has(code)) throw error
    return (await makeLoader(folder, false)).import(file)
  }
}

const unwritable = new Set<string | undefined>(['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO'])

/** Whether node's loader gave up, as it does at TypeScript, rather than the module's own code. */
function isLoaderError(error: unknown): boolean {
  if (error instanceof SyntaxError) return true
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code === 'ERR_UNKNOWN_FILE_EXTENSION' || /(^|_)(MODULE_NOT_FOUND|DIR_IMPORT)$/.test(code ?? '')
}

/** A loader per folder: each looks for the tsconfig that is its own. */
function loaderFor(folder: string): Promise<Jiti> {
  const known = loaders.get(folder)
  if (known !== undefined) return known
  const made = makeLoader(folder, cacheFolder(folder) ?? false)
  loaders.set(folder, made)
  made.catch(() => loaders.delete(folder))
  return made
}

async function makeLoader(folder: string, fsCache: string | false): Promise<Jiti> {
  const [{ createJiti }, virtualModules] = await Promise.all([import('jiti'), ownModules()])
  return createJiti(join(folder, 'loader.js'), {
    interopDefault: true,
    tsconfigPaths: true,
    fsCache,
    virtualModules,
  })
}

/** This package under the names users import it by: handed over as it runs, so that no second copy is ever made of it. */
async function ownModules(): Promise<ModuleExports> {
  const names = { thinkq: 'index', 'thinkq/database': 'database/index', 'thinkq/testing': 'testing/index' }
  const load = async ([name, path]: [string, string]) =>
    [name, await import(siblingModule(path).href)] as const
  return Object.fromEntries(await Promise.all(Object.entries(names).map(load)))
}

/** The project's own cache: one in the shared temporary folder could be written by others and run by us. */
function cacheFolder(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const modulesFolder = join(at, 'node_modules')
    if (existsSync(modulesFolder)) return join(modulesFolder, '.cache', 'thinkq')
    if (dirname(at) === at) return undefined
  }
}

/** A plain copy of what a module exports; a compiled ES module inside CommonJS is unwrapped. */
function exportsOf(module: unknown): ModuleExports {
  if (typeof module !== 'object' || module === null) return { default: module }
  const found = module as ModuleExports & { readonly [Symbol.toStringTag]?: string }
  const isEsModule = '__esModule' in found || found[Symbol.toStringTag] === 'Module'
  if (!isEsModule) return { ...found, default: { ...found } }
  const inner = 'default' in found ? found.default : undefined
  const isCompiled = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, '__esModule')
  return named(isCompiled ? (inner as ModuleExports) : found)
}

function named(module: ModuleExports): ModuleExports {
  const { __esModule, 'module.exports': _all, ...rest } = module
  return rest
}

/** What went wrong and where in the file, without the stack. */
function reasonOf(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`
  const lines = error.message.split('\n').map((line) => line.trim())
  const text = lines.slice(0, lines[0] === '' ? 2 : 1).join('')
  const place = placeIn(error, file)
  return place === undefined || text.includes(place) ? text : `${text} (at ${place})`
}

/** Where in the file: the position in the message, else the line in the stack (a transpiled file keeps its lines only). */
function placeIn(error: Error, file: string): string | undefined {
  const position = positionAfter(error.message, file)
  if (position !== undefined) return file + position
  const line = positionAfter(error.stack ?? '', file)?.replace(/(:\d+):\d+$/, '$1')
  return line === undefined ? undefined : file + line
}

function positionAfter(text: string, file: string): string | undefined {
  for (let at = text.indexOf(file); at >= 0; at = text.indexOf(file, at + 1)) {
    const position = /^:\d+(:\d+)?/.exec(text.slice(at + file.length, at + file.length + 20))
    if (position !== null) return position[0]
  }
  return undefined
}
