import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(new URL('../package.json', import.meta.url))

/** The peers have a package.json of their own, so that nobody who installs this project gets them. */
export function installPeers(packages) {
  if (packages.every(isThere)) return
  console.error('installing the peers in bench/')
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`npm ci in bench/ ended with ${status}`)
}

/** What a peer exports; by name at run time, as it is no dependency of this project. */
export async function peer(name) {
  const loaded = await import(pathToFileURL(require.resolve(name)).href)
  return loaded.default?.__esModule ? loaded.default : { ...loaded.default, ...loaded }
}

export function version(name) {
  return require(`${folder}node_modules/${name}/package.json`).version
}

function isThere(name) {
  try {
    return version(name) !== undefined
  } catch {
    return false
  }
}
