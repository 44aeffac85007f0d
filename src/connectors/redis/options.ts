import type { ConnectionOptions } from 'node:tls'
import { ConfigError } from '../../contract/errors.ts'
import type { RedisAddress, RedisTarget } from './target.ts'
import { type LocatedRedis, parseRedisUrl } from './url.ts'

/** What the configuration of a redis connection may say. */
export interface RedisConnectorOptions {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly select?: number
  /** Seconds; 0: 10. */
  readonly timeout?: number
  readonly persistent?: boolean
  readonly breakReconnect?: boolean
  readonly prefix?: string
  /** `true`, or options of node:tls. */
  readonly tls?: boolean | Readonly<Record<string, unknown>>
  readonly sentinels?: readonly SomeAddress[]
  readonly master?: string
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
  readonly cluster?: boolean | readonly SomeAddress[]
  readonly layout?: 'plain' | 'tagged'
  readonly restartKey?: { readonly key?: string; readonly select?: number }
}

interface SomeAddress {
  readonly host: string
  readonly port?: number
}

type Refuse = (problem: string) => never
type Given = Readonly<Record<string, unknown>>
type Kind = RedisTarget['kind']

const usualTimeout = 10
const usual: RedisAddress = { host: '127.0.0.1', port: 6379 }
const usualSentinelPort = 26379

/** Checks the options of the connection of that name. Throws a `ConfigError` that says which key is wrong, and shows no secret. */
export function redisTarget(options: RedisConnectorOptions, connection: string): RedisTarget {
  const refuse: Refuse = (problem) => {
    throw new ConfigError(`connection "${connection}": ${problem}`)
  }
  // As in PHP, what is empty is not set.
  const given: Given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value != null && value !== ''),
  )
  const url = text(given, 'url', refuse)
  const located = url === undefined ? {} : parseRedisUrl(url, refuse)
  const kind = kindOf(given, located, refuse)
  const db = dbOf(given, located, refuse)
  return {
    kind,
    db,
    ...placed(given, located, kind, refuse),
    ...login(given, located, refuse),
    ...sentinelParts(given, kind, refuse),
    ...tlsOf(given, located, refuse),
    prefix: text(given, 'prefix', refuse) ?? '',
    tagged: isTagged(given, kind, db, refuse),
    connectMs: connectMs(given, refuse),
    waits: flag(given, 'breakReconnect', refuse) ?? true,
  }
}

function kindOf({ sentinels, cluster }: Given, { path }: LocatedRedis, refuse: Refuse): Kind {
  const isCluster = cluster !== undefined && cluster !== false
  if (isCluster && sentinels !== undefined)
    refuse('cluster and sentinels exclude each other: leave one of them out')
  const kind = sentinels !== undefined ? 'sentinel' : isCluster ? 'cluster' : 'single'
  if (kind !== 'single' && path !== undefined)
    refuse(
      `url is a unix socket, which is one server: leave out ${kind === 'cluster' ? 'cluster' : 'sentinels'}`,
    )
  return kind
}

function dbOf(given: Given, { db: fromUrl }: LocatedRedis, refuse: Refuse): number {
  const select = whole(given, 'select', 0, 1_000_000, refuse)
  if (fromUrl !== undefined && select !== undefined && select !== 0 && select !== fromUrl)
    refuse(`url names database ${fromUrl} and select ${select}: leave one of them out`)
  return fromUrl ?? select ?? 0
}

/** Where the servers are. A host and port that only say the usual do not contradict a URL. */
function placed(given: Given, located: LocatedRedis, kind: Kind, refuse: Refuse): Partial<RedisTarget> {
  const host = hostOf(given.host, 'host', refuse)
  const port = whole(given, 'port', 1, 65_535, refuse)
  const { path, address } = located
  const differs = (own: unknown, normal: unknown, theirs: unknown) =>
    own !== undefined && own !== normal && own !== theirs
  if (path !== undefined || address !== undefined)
    for (const key of ['host', 'port'] as const)
      if (differs(key === 'host' ? host : port, usual[key], address?.[key]))
        refuse(`url and ${key} say different things: leave one of them out`)
  if (kind === 'sentinel') {
    if (address !== undefined)
      refuse('url and sentinels exclude each other: the sentinels say where the master is')
    return { addresses: addressList(given.sentinels, 'sentinels', usualSentinelPort, refuse) }
  }
  if (kind === 'cluster' && given.cluster !== true)
    return { addresses: addressList(given.cluster, 'cluster', usual.port, refuse) }
  if (path !== undefined) return { path }
  if (address !== undefined) return { addresses: [address] }
  if (host?.startsWith('/'))
    return kind === 'single' ? { path: host } : refuse('host is a unix socket, which is no cluster')
  return { addresses: [{ host: host ?? usual.host, port: port ?? usual.port }] }
}

function login(given: Given, located: LocatedRedis, refuse: Refuse): Partial<RedisTarget> {
  const found: Record<string, string> = {}
  for (const key of ['username', 'password'] as const) {
    const own = text(given, key, refuse)
    if (own !== undefined && located[key] !== undefined && own !== located[key])
      refuse(`url and ${key} say different things: leave one of them out`)
    const value = located[key] ?? own
    if (value !== undefined) found[key] = value
  }
  return found
}

function sentinelParts(given: Given, kind: Kind, refuse: Refuse): Partial<RedisTarget> {
  const found: Record<string, string> = {}
  for (const key of ['master', 'sentinelUsername', 'sentinelPassword']) {
    const value = text(given, key, refuse)
    if (value === undefined) continue
    if (kind !== 'sentinel')
      refuse(`${key} is set without sentinels; write sentinels: [{ host: '…', port: 26379 }]`)
    found[key] = value
  }
  if (kind === 'sentinel' && found.master === undefined)
    refuse("sentinels are set without master: what they call the one to use, such as master: 'mymaster'")
  return found
}

function tlsOf({ tls }: Given, located: LocatedRedis, refuse: Refuse): { tls?: ConnectionOptions } {
  if (located.tls && tls === false) refuse('url says rediss: (TLS) and tls says false: leave one of them out')
  if (tls === undefined || tls === false) return located.tls ? { tls: {} } : {}
  if (located.path !== undefined) refuse('tls is set for a unix socket, which needs none: leave it out')
  if (tls === true) return { tls: {} }
  if (typeof tls !== 'object' || Array.isArray(tls))
    refuse('tls is neither true nor an object; { ca, cert, key, servername } of node:tls is meant')
  return { tls: { ...(tls as ConnectionOptions) } }
}

function isTagged({ layout }: Given, kind: Kind, db: number, refuse: Refuse): boolean {
  if (layout !== undefined && layout !== 'plain' && layout !== 'tagged')
    refuse(`layout is ${JSON.stringify(layout)}; 'plain' or 'tagged' is meant`)
  if (kind !== 'cluster') return layout === 'tagged'
  if (layout === 'plain')
    refuse(
      "layout 'plain' cannot be on a cluster, where the keys of a queue must lie together: leave layout out",
    )
  if (db !== 0) refuse(`select is ${db}, but a cluster has database 0 alone: use prefix to keep things apart`)
  return true
}

function connectMs(given: Given, refuse: Refuse): number {
  const { timeout = 0 } = given
  if (typeof timeout !== 'number' || !(timeout >= 0))
    refuse(`timeout is ${JSON.stringify(timeout)}; seconds are meant`)
  return Math.round(((timeout as number) || usualTimeout) * 1_000)
}

function addressList(list: unknown, key: string, port: number, refuse: Refuse): readonly RedisAddress[] {
  const what = `a list such as [{ host: '10.0.0.1', port: ${port} }] is meant`
  if (!Array.isArray(list) || list.length === 0) return refuse(`${key} names no server; ${what}`)
  return list.map((each: unknown, at) => {
    if (typeof each !== 'object' || each === null) return refuse(`${key}[${at}] is no object; ${what}`)
    const given = each as Given
    const where = `${key}[${at}].`
    const host = hostOf(given.host, `${where}host`, refuse)
    if (host === undefined) return refuse(`${where}host is missing; ${what}`)
    return { host, port: whole(given, 'port', 1, 65_535, refuse, where) ?? port }
  })
}

function hostOf(host: unknown, key: string, refuse: Refuse): string | undefined {
  if (host === undefined) return undefined
  if (typeof host !== 'string') return refuse(`${key} is no text; a host name or address is meant`)
  if (/^[a-z+]+:\/\//i.test(host) || host.includes('@'))
    return refuse(`${key} is a URL; write it as url, or the bare name of the host`)
  if (/^[^:]+:\d+$/.test(host)) return refuse(`${key} is ${JSON.stringify(host)}; write the port as port`)
  return host
}

function text(given: Given, key: string, refuse: Refuse): string | undefined {
  const value = given[key]
  if (value === undefined || typeof value === 'string') return value
  if (key === 'password' && typeof value === 'number')
    return refuse('password is a number; write it in quotes')
  return refuse(`${key} is no text`)
}

function flag(given: Given, key: string, refuse: Refuse): boolean | undefined {
  const value = given[key]
  return value === undefined || typeof value === 'boolean'
    ? value
    : refuse(`${key} is neither true nor false`)
}

function whole(given: Given, key: string, least: number, most: number, refuse: Refuse, where = '') {
  const value = given[key]
  if (value === undefined) return undefined
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number
  // Zero is how PHP leaves a port open.
  if (value === 0) return undefined
  return refuse(
    `${where}${key} is ${JSON.stringify(value)}; a whole number from ${least} to ${most} is meant`,
  )
}
