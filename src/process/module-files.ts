import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'
import { type FileStamps, stampOf } from './file-stamps.ts'
import { packageFolder } from './own-package.ts'

const script = /\.[cm]?[jt]sx?$/
const relativeImport = /\b(?:from|import|require)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]*)\1/g
const endings = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json']
/** In TypeScript an import may name the file that is compiled from the one meant. */
const compiled = /\.([cm]?)js(x?)$/

/**
 * The files of the project behind what is loaded, and how they were: those in node_modules are left out. Node has no list of the ES
 * modules it loaded, and the engine's own costs a child a fifth of its start, so the imports are read from the text.
 */
export class ModuleFiles {
  readonly #stamps: Record<string, string> = {}

  /** Notes a file and what it imports, as they are now: what is noted before it is loaded cannot change unseen meanwhile. */
  note(file: string): void {
    const waiting = [file]
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (at in this.#stamps || isForeign(at)) continue
      this.#stamps[at] = stampOf(at)
      if (script.test(at)) waiting.push(...importsOf(at))
    }
  }

  /** Everything noted, and what `require` and the loader have read besides, by way of aliases. */
  stamps(): FileStamps {
    for (const file of Object.keys(createRequire(import.meta.url).cache)) this.note(file)
    return this.#stamps
  }
}

/** This package is not the user's code, wherever it is installed. */
function isForeign(file: string): boolean {
  return file.includes(`${sep}node_modules${sep}`) || file.startsWith(packageFolder + sep)
}

/** What a module may import by a relative path. A name in a comment counts too, which harms nothing. */
function importsOf(file: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  const named = [...text.matchAll(relativeImport)].map(([, , path]) => resolve(dirname(file), path!))
  return named.map(fileOf)
}

/** The path itself where there is no such file: it may come. */
function fileOf(path: string): string {
  const source = path.replace(compiled, '.$1ts$2')
  const inFolder = endings.map((ending) => join(path, `index${ending}`))
  return [path, source, ...endings.map((ending) => path + ending), ...inFolder].find(isFile) ?? path
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
