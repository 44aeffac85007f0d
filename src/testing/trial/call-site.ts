import { readFileSync } from 'node:fs'
import { isAbsolute, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../../process/own-package.ts'

/** This package is not the user's code, wherever it is installed. */
const own = ['dist', 'src'].map((folder) => join(packageFolder, folder) + sep)

/** How deep below the user's code ours may be called: by way of libraries. */
const deepest = 60

/** Chaining a promise runs through these of the engine's own. */
const chaining = new Set<string | null>(['then', 'catch', 'finally'])

/** The place of the user's code that called `hook` by awaiting or chaining a promise; undefined: it was somebody else's. */
export function awaitSite(hook: Caller): string | undefined {
  const sites = callSites(hook, chaining.size + 1)
  const first = sites.findIndex((site) => !(isEngines(site) && chaining.has(site.getFunctionName())))
  const site = sites[first]
  if (site === undefined || !isUsers(site)) return undefined
  return placeOf(site, first === 0 ? /\bawait\b/g : /\b(then|catch|finally)\b/g)
}

/** The place of the user's code that calls that method of its job now; undefined: ours does. */
export function callSite(method: string): string | undefined {
  const site = callSites(callSite, deepest).find(isUsers)
  return site && placeOf(site, new RegExp(`\\b${method}\\b`, 'g'))
}

type Caller = (...args: never[]) => unknown

/** Who called `callee`, the nearest first. */
function callSites(callee: Caller, limit: number): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  const holder: { readonly stack?: unknown } = {}
  Error.stackTraceLimit = limit
  Error.prepareStackTrace = (_, sites) => sites
  Error.captureStackTrace(holder, callee)
  const sites = holder.stack as readonly NodeJS.CallSite[]
  Error.prepareStackTrace = prepareStackTrace
  Error.stackTraceLimit = stackTraceLimit
  return sites
}

function isEngines(site: NodeJS.CallSite): boolean {
  return typeof site.getFileName() !== 'string'
}

function isUsers(site: NodeJS.CallSite): boolean {
  if (isEngines(site)) return false
  const file = fileOf(site)
  return (
    isAbsolute(file) &&
    !file.includes(`${sep}node_modules${sep}`) &&
    !own.some((folder) => file.startsWith(folder))
  )
}

function fileOf(site: NodeJS.CallSite): string {
  const name = site.getFileName()!
  return name.startsWith('file:') ? fileURLToPath(name) : name
}

/** Where such a word stands in the source: the engine points to what follows it, and a transpiled file kept its lines alone. */
function placeOf(site: NodeJS.CallSite, word: RegExp): string {
  const file = fileOf(site)
  const line = site.getLineNumber()!
  const isAsWritten = site.getFileName() !== file || file.endsWith('.cjs')
  const columns = [...(linesOf(file)[line - 1] ?? '').matchAll(word)].map(({ index }) => index + 1)
  const known = isAsWritten ? site.getColumnNumber()! : undefined
  const column =
    known === undefined
      ? columns.length === 1 && columns[0]
      : (columns.findLast((each) => each <= known) ?? known)
  return column ? `${file}:${line}:${column}` : `${file}:${line}`
}

const lines = new Map<string, readonly string[]>()

function linesOf(file: string): readonly string[] {
  const known = lines.get(file)
  if (known !== undefined) return known
  const read = readFileSync(file, 'utf8').split('\n')
  lines.set(file, read)
  return read
}
