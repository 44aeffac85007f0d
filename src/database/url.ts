import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../contract/errors.ts'

/** The absolute file that a database URL or plain path means. */
export function databaseFile(url: string, root: string): string {
  const path = pathOf(url.trim(), url)
  if (path === '' || path.includes('\0')) throw new ConfigError(`database ${quoted(url)}: names no file`)
  if (path === ':memory:')
    throw new ConfigError(
      'database ":memory:": workers and producers share a file; for a queue within one process use the memory connector',
    )
  return isAbsolute(path) ? path : resolve(root, path)
}

function pathOf(url: string, written: string): string {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined) return url
  const rest = url.slice(scheme.length + 1)
  if (scheme === 'sqlite') return rest.startsWith('///') ? rest.slice(2) : rest.replace(/^\/\//, '')
  if (scheme === 'file') return rest.startsWith('//') ? fileOf(url, written) : rest
  throw new ConfigError(
    `database ${quoted(withoutPassword(written))}: "${scheme}:" is not known; write sqlite:./queue.sqlite or mysql://user:password@host/name`,
  )
}

function fileOf(url: string, written: string): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new ConfigError(`database ${quoted(written)}: is not a file URL of this machine`, { cause })
  }
}

/** For messages: whatever stands before the last @ may be a password with signs in it that should have been encoded. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/.*@/s, '//***@')
}

function quoted(url: string): string {
  return JSON.stringify(url)
}
