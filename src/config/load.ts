import { existsSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { cosmiconfig, defaultLoaders } from 'cosmiconfig'
import type { Config } from '../contract/config.ts'
import { ConfigError } from '../contract/errors.ts'
import { loadModule } from '../process/modules.ts'
import { addDotEnv, type Env } from './environment.ts'
import { resolveConfig } from './resolve.ts'

export interface LoadOptions {
  /** Where the search begins; default: the working directory. */
  readonly cwd?: string
  /** The file to read instead of searching, from `cwd`. */
  readonly file?: string
  /** What a `.env` file sets and this does not have is added to it. Default: `process.env`. */
  readonly env?: Env
  /** The folder that holds the `node_modules/.bin` the command was started by; searched after `cwd`. */
  readonly startedFrom?: string
  /** What flags say. */
  readonly overrides?: { readonly connection?: string }
}

const scriptExtensions = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs']
const fileNames = [...scriptExtensions, 'json'].map((extension) => `queue.config.${extension}`)
const searchPlaces = [
  ...fileNames,
  ...fileNames.map((name) => join('config', name)),
  '.queuerc',
  'package.json',
]

/**
 * Finds, reads and checks the configuration: `queue.config.*`, `config/queue.config.*`, `.queuerc` or `queue` in package.json, upward
 * from `cwd`, then from `startedFrom`. With none found the environment and defaults serve. Throws a `ConfigError`.
 */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const env = options.env ?? process.env
  const cwd = resolve(options.cwd ?? process.cwd())
  const searched = [...new Set([...upward(cwd), ...upward(options.startedFrom)])]
  const found =
    options.file === undefined ? await search(searched, env) : await read(resolve(cwd, options.file), env)
  const root = found === null ? (packageFolder(searched) ?? cwd) : rootOf(found.file)
  addDotEnv(root, env)
  const connection = options.overrides?.connection
  return resolveConfig(found?.content ?? {}, {
    file: found?.file ?? null,
    root,
    env,
    searched,
    ...(connection === undefined ? {} : { connection }),
  })
}

interface Found {
  readonly file: string
  readonly content: unknown
}

async function search(folders: readonly string[], env: Env): Promise<Found | null> {
  const explorer = explorerFor(env)
  for (const folder of folders) {
    const result = await explained(() => explorer.search(folder))
    if (result !== null) return { file: result.filepath, content: result.config }
    const passedOver = searchPlaces.find(
      (place) => place !== 'package.json' && existsSync(join(folder, place)),
    )
    if (passedOver !== undefined)
      throw new ConfigError(`${join(folder, passedOver)} is empty or may not be read`)
  }
  return null
}

async function read(file: string, env: Env): Promise<Found> {
  if (!existsSync(file)) throw new ConfigError(`${file} does not exist (given as --config)`)
  const result = await explained(() => explorerFor(env).load(file))
  if (result === null || result.isEmpty) throw new ConfigError(`${file} is empty`)
  return { file, content: result.config }
}

function explorerFor(env: Env) {
  const script = (file: string) => readScript(file, env)
  return cosmiconfig('queue', {
    searchPlaces,
    searchStrategy: 'none',
    loaders: {
      ...Object.fromEntries(scriptExtensions.map((extension) => [`.${extension}`, script])),
      '.json': defaultLoaders['.json'],
      noExt: defaultLoaders.noExt,
    },
  })
}

/** A configuration may read `process.env` itself, so `.env` comes first. */
async function readScript(file: string, env: Env): Promise<unknown> {
  addDotEnv(rootOf(file), env)
  const module = await loadModule(file)
  if ('default' in module) return module.default
  const names = Object.keys(module).join(', ') || 'nothing'
  throw new ConfigError(
    `${file} has no default export (it exports ${names}); write export default defineConfig({ … })`,
  )
}

/** Errors of the search itself, such as JSON that cannot be read, as ours; they name their file. */
async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const { filepath, codeFrame } = error as { filepath?: string; codeFrame?: string }
    const message = withOneExcerpt((error as Error).message, codeFrame)
    const place = filepath === undefined || message.includes(filepath) ? '' : `${filepath}: `
    throw new ConfigError(`${place}${message}`, { cause: error })
  }
}

/** Errors of JSON show their excerpt twice, the first time before they say what is wrong, and in colours where CI is set. */
function withOneExcerpt(message: string, coloured: string | undefined): string {
  if (coloured === undefined) return message
  const excerpt = stripVTControlCharacters(coloured)
  const words = stripVTControlCharacters(message)
    .split(excerpt)
    .map((part) => part.trim())
  return `${words.filter((part) => part !== '').join(' ')}\n\n${excerpt}`
}

/** The folder relative paths start from: the file's own, or the one that holds its `config` folder. */
function rootOf(file: string): string {
  const folder = dirname(file)
  const isInConfig = basename(folder) === 'config' && basename(file, extname(file)) === 'queue.config'
  return isInConfig ? dirname(folder) : folder
}

function upward(folder: string | undefined): string[] {
  const folders: string[] = []
  if (folder === undefined) return folders
  for (let at = resolve(folder); ; at = dirname(at)) {
    folders.push(at)
    if (dirname(at) === at) return folders
  }
}

function packageFolder(folders: readonly string[]): string | undefined {
  return folders.find((folder) => existsSync(join(folder, 'package.json')))
}
