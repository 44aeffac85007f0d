import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = fileURLToPath(import.meta.url)

/** The folder of this package: the same from its source and from the build, whose chunks lie where the bundler puts them. */
export const packageFolder = nearestPackage(dirname(here))

export function packageVersion(): string {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** A script for a thread or process of its own, by its path below `src`, without ending: always the built one. */
export function builtScript(path: string): URL {
  return pathToFileURL(join(packageFolder, 'dist', `${path}.js`))
}

/** A module of this package as the code that runs now would import it: source from source, built from built. */
export function siblingModule(path: string): URL {
  return here.endsWith('.ts') ? pathToFileURL(join(packageFolder, 'src', `${path}.ts`)) : builtScript(path)
}

function nearestPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : nearestPackage(dirname(folder))
}
