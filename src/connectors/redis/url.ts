import type { RedisAddress } from './target.ts'

/** What a URL of a Redis says. */
export interface LocatedRedis {
  readonly address?: RedisAddress
  readonly path?: string
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: true
}

/** Stands where the URL of a socket with a user has no host. */
const socketHost = 'socket'

type Refuse = (problem: string) => never

const meant = 'redis://host:6379/0, rediss://user:password@host:6379/0 or unix:/path/of/redis.sock'

/** Reads `redis:`, `rediss:`, `unix:` and `redis+unix:` URLs and absolute paths. What is refused is never shown: it may hold a password. */
export function parseRedisUrl(written: string, refuse: Refuse): LocatedRedis {
  const text = written.trim()
  if (text.startsWith('/')) return { path: text }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return refuse(`url has no scheme; ${meant} is meant`)
  if (!['redis', 'rediss', 'unix', 'redis+unix'].includes(scheme))
    return refuse(`url begins with ${scheme}:, which is not known; ${meant} is meant`)
  // A URL with a user must have a host too.
  const url = tried(text.replace(/^([^:]+:\/\/[^@/]*@)\//, `$1${socketHost}/`), refuse)
  const login = {
    ...present('username', decoded(url.username, 'the user', refuse)),
    ...present('password', decoded(url.password, 'the password', refuse)),
  }
  if (url.hash !== '') refuse('url holds a bare #: in a password write %23')
  if (scheme.endsWith('unix')) return { ...login, ...dbOf(url, '', refuse), path: socketOf(url, refuse) }
  return {
    ...login,
    ...dbOf(url, url.pathname, refuse),
    address: addressOf(url, refuse),
    ...(scheme === 'rediss' && { tls: true as const }),
  }
}

function tried(text: string, refuse: Refuse): URL {
  try {
    return new URL(text)
  } catch {
    return refuse(
      `url cannot be read; ${meant} is meant, with special characters of a password written as %40 for @, %2F for /, %23 for #`,
    )
  }
}

function decoded(part: string, what: string, refuse: Refuse): string | undefined {
  if (part === '') return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    return refuse(`url: ${what} holds a % that begins no code; write %25 for it`)
  }
}

function addressOf(url: URL, refuse: Refuse): RedisAddress {
  if (url.hostname === '') return refuse(`url names no host; ${meant} is meant`)
  const port = url.port === '' ? 6379 : Number(url.port)
  if (port === 0) return refuse('url names port 0; 1 to 65535 is meant')
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port }
}

function socketOf(url: URL, refuse: Refuse): string {
  const path = decoded(url.pathname, 'the path', refuse)
  if (path?.startsWith('/') && (url.hostname === '' || url.hostname === socketHost)) return path
  return refuse('url names no absolute path of a socket; unix:/path/of/redis.sock is meant')
}

/** From `?db=` or the path. */
function dbOf(url: URL, path: string, refuse: Refuse): { db?: number } {
  for (const name of url.searchParams.keys())
    if (name !== 'db')
      refuse(`url: ?${name}= is not known; only ?db= is, the rest belongs into keys of its own`)
  const fromPath = path.replace(/^\//, '').replace(/\/$/, '')
  const fromQuery = url.searchParams.get('db') ?? ''
  if (fromPath !== '' && fromQuery !== '' && fromPath !== fromQuery)
    refuse('url names two databases, in its path and in ?db=')
  const text = fromPath === '' ? fromQuery : fromPath
  if (text === '') return {}
  if (!/^\d{1,6}$/.test(text)) refuse('url: the database after the host is no number; /0 is meant')
  return { db: Number(text) }
}

function present<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: string }
}
