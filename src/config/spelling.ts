import { ConfigError } from '../contract/errors.ts'
import { didYouMean } from '../contract/near.ts'
import { connectorKeys } from './schema.ts'

type Keys = Record<string, unknown>

/** What other queues call our keys. */
const foreignWords: Readonly<Record<string, string>> = {
  type: 'connector',
  driver: 'connector',
  queue: 'default',
  retryafter: 'expire',
  visibilitytimeout: 'expire',
  db: 'select',
  database: 'select',
  attempts: 'tries',
  maxtries: 'tries',
  retries: 'tries',
}

/**
 * Renames keys written in another fashion: capitals, `_` and `-` do not count (`break_reconnect`, `projectId`). What is undefined
 * was not written.
 */
export function spelledKeys(value: Keys, known: readonly string[]): Keys {
  const byPlain = new Map(known.map((key) => [plain(key), key]))
  const spelled: Keys = {}
  for (const [key, each] of Object.entries(value)) {
    if (each === undefined) continue
    const meant = byPlain.get(plain(key))
    spelled[meant === undefined || meant in value ? key : meant] = each
  }
  return spelled
}

function plain(key: string): string {
  return key.toLowerCase().replaceAll(/[_-]/g, '')
}

/** The hint that ends a message about an unknown key. */
export function meantKey(key: string, known: readonly string[]): string {
  const word = foreignWords[plain(key)]
  return word !== undefined && known.includes(word) ? ` (here it is "${word}")` : didYouMean(key, known)
}

/** Whether a connector's name is the path or package of a module of the user's own. */
export function isModulePath(connector: string): boolean {
  return /^(\.{1,2}[\\/]|[\\/]|[a-z]:[\\/]|@)/i.test(connector) || connector.includes('/')
}

/**
 * A connector's name as the rest of the program knows it: `Redis` and PHP's `\think\queue\connector\Redis` are `redis`, a
 * module path stays as it is. Throws a `ConfigError` for a name of nothing; `where` begins its message.
 */
export function spelledConnector(connector: string, where: string): string {
  const php = /^\\?think\\queue\\connector\\(\w+)$/i.exec(connector)
  const name = (php?.[1] ?? connector).toLowerCase()
  if (Object.hasOwn(connectorKeys, name)) return name
  if (php === null && isModulePath(connector)) return connector
  const names = Object.keys(connectorKeys)
  throw new ConfigError(
    `${where}: unknown connector "${connector}"${didYouMean(connector, names)}; known are ${names.join(', ')}, ` +
      'or the path of a module of your own such as ./my-connector.ts',
  )
}
