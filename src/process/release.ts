import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** What a project's code is called: its git revision, short, else the version in its package.json; null where neither is. */
export function releaseOf(folder: string): string | null {
  return revisionOf(folder) ?? versionOf(folder)
}

function revisionOf(folder: string): string | null {
  const git = gitFolder(folder)
  const head = git && read(join(git, 'HEAD'))
  if (!head) return null
  const name = /^ref: (.+)$/.exec(head)?.[1]
  const revision = name === undefined ? head : refIn(git, name)
  return revision === null ? null : (/^[0-9a-f]{40,64}$/.exec(revision)?.[0].slice(0, 7) ?? null)
}

/** Of a work tree beside the repository, refs are in the folder that its `commondir` names. */
function refIn(git: string, name: string): string | null {
  const common = read(join(git, 'commondir'))
  const folders = common === null ? [git] : [git, resolve(git, common)]
  for (const folder of folders) {
    const loose = read(join(folder, name))
    if (loose !== null) return loose
    const packed = read(join(folder, 'packed-refs'))?.split('\n')
    const line = packed?.find((each) => each.endsWith(` ${name}`))
    if (line !== undefined) return line.split(' ')[0]!
  }
  return null
}

/** The nearest upwards; a work tree beside the repository has a file that names it. */
function gitFolder(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, '.git')
    if (read(join(path, 'HEAD')) !== null) return path
    const named = /^gitdir: (.+)$/.exec(read(path) ?? '')?.[1]
    if (named !== undefined) return resolve(at, named)
    if (dirname(at) === at) return null
  }
}

function versionOf(folder: string): string | null {
  try {
    const { version } = JSON.parse(read(join(folder, 'package.json')) ?? '{}') as { version?: unknown }
    return typeof version === 'string' && version !== '' ? version : null
  } catch {
    return null
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}
