import type { ConnectionOptions } from 'node:tls'
import type { Ms } from '../../contract/time.ts'

export interface RedisAddress {
  readonly host: string
  readonly port: number
}

/** Where a Redis is and how to get in: the connection's options, checked. */
export interface RedisTarget {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  /** The server itself; of a sentinel or cluster target those to ask first. Default 127.0.0.1:6379. */
  readonly addresses?: readonly RedisAddress[]
  /** A unix socket in place of an address. */
  readonly path?: string
  /** What the sentinels call the master. */
  readonly master?: string
  readonly username?: string
  readonly password?: string
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
  readonly tls?: ConnectionOptions
  readonly db: number
  /** What every key and channel begins with. */
  readonly prefix: string
  /** Whether the queue's part of a key is hash-tagged, as a cluster needs it. */
  readonly tagged: boolean
  /** How long a connection may take to be made. */
  readonly connectMs: Ms
  /** Whether a call waits for a connection that was lost; default true. */
  readonly waits?: boolean
}

/** The addresses of a target, or the usual one. */
export function addressesOf({ addresses }: RedisTarget): readonly RedisAddress[] {
  return addresses ?? [{ host: '127.0.0.1', port: 6379 }]
}

/** For messages: where it is, without credentials. */
export function placeOf(target: RedisTarget): string {
  const { kind, path, db, master } = target
  if (path !== undefined) return `${path}, database ${db}`
  const places = addressesOf(target).map(
    ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  )
  if (kind === 'cluster') return `the cluster at ${places.join(', ')}`
  return kind === 'sentinel'
    ? `${master} (sentinels ${places.join(', ')})/${db}`
    : `${places.join(', ')}/${db}`
}
