import { ConfigError } from '../../contract/errors.ts'
import type { DatabaseOptions } from '../database.ts'
import { withoutPassword } from '../url.ts'

/** Where a MySQL is and who asks. */
export interface MysqlAddress {
  readonly host: string
  readonly port: number
  readonly socket: string | undefined
  readonly user: string
  readonly password: string
  readonly database: string
  /** Options for TLS; undefined: none. */
  readonly tls: Readonly<Record<string, unknown>> | undefined
}

/** Options by which a database is known to be MySQL although no URL says so. ThinkPHP's spellings are understood. */
const spellings = {
  host: ['host', 'hostname'],
  port: ['port', 'hostport'],
  user: ['user', 'username'],
  password: ['password'],
  database: ['database'],
  socket: ['socket', 'socketPath', 'unix_socket'],
  tls: ['tls', 'ssl'],
} as const
type Part = keyof typeof spellings

const defaultPort = 3306

/** The address that URL or parts mean, or null when they mean no MySQL. Throws ConfigError. */
export function mysqlAddress(options: DatabaseOptions): MysqlAddress | null {
  const { url } = options
  const parts = partsOf(options as Record<string, unknown>)
  if (url !== undefined && url !== '') return /^(mysql|mariadb):/i.test(url.trim()) ? ofUrl(url, parts) : null
  return Object.keys(parts).length === 0 ? null : addressOf(parts, 'the database')
}

/** For messages: without the password. */
export function addressText({ host, port, socket, database }: MysqlAddress): string {
  const server = socket ?? `${host.includes(':') ? `[${host}]` : host}:${port}`
  return `mysql://${server}/${database}`
}

function partsOf(options: Readonly<Record<string, unknown>>): Partial<Record<Part, unknown>> {
  const parts: Partial<Record<Part, unknown>> = {}
  for (const [part, names] of Object.entries(spellings) as [Part, readonly string[]][]) {
    const name = names.find((each) => options[each] !== undefined && options[each] !== '')
    if (name !== undefined) parts[part] = options[name]
  }
  return parts
}

/** Parts given beside a URL hold over it. */
function ofUrl(text: string, beside: Partial<Record<Part, unknown>>): MysqlAddress {
  const hidden = withoutPassword(text)
  let url: URL
  try {
    url = new URL(text.trim())
  } catch (cause) {
    throw new ConfigError(
      `database ${JSON.stringify(hidden)}: is no URL; write mysql://user:password@host:3306/name, with odd characters of the password percent-encoded`,
      { cause },
    )
  }
  const plain = (part: string) => (part === '' ? undefined : decodeURIComponent(part))
  const parts: Partial<Record<Part, unknown>> = {
    host: plain(url.hostname.replace(/^\[|\]$/g, '')),
    port: plain(url.port),
    user: plain(url.username),
    password: plain(url.password),
    database: plain(url.pathname.replace(/^\//, '')),
    ...parametersOf(url, hidden),
    ...beside,
  }
  return addressOf(parts, `database ${JSON.stringify(hidden)}`)
}

/** Parameters of other libraries are passed over, but none that asks for TLS. */
function parametersOf(url: URL, hidden: string): Partial<Record<Part, unknown>> {
  const parts: Partial<Record<Part, unknown>> = {}
  for (const [name, value] of url.searchParams) {
    if (/^(socket|socketPath|unix_socket)$/.test(name)) parts.socket = value
    else if (/^(ssl|tls)/i.test(name)) parts.tls = tlsOf(name, value, hidden)
  }
  return parts
}

function tlsOf(name: string, value: string, hidden: string): boolean {
  if (/^(tls|ssl)$/i.test(name) && /^(true|1)$/.test(value)) return true
  if (/^(tls|ssl)$/i.test(name) && /^(false|0)$/.test(value)) return false
  if (/^ssl-?mode$/i.test(name) && /^(verify_identity|verify_ca|verify-full|verify-ca)$/i.test(value))
    return true
  if (/^ssl-?mode$/i.test(name) && /^disabled?$/i.test(value)) return false
  throw new ConfigError(
    `database ${JSON.stringify(hidden)}: ${name}=${value} is not understood; write tls=true, which verifies the server, or give tls: { … } as an option`,
  )
}

function addressOf(parts: Partial<Record<Part, unknown>>, where: string): MysqlAddress {
  const text = (part: Part, otherwise: string) => {
    const value = parts[part] ?? otherwise
    if (typeof value === 'string') return value
    throw new ConfigError(`${where}: ${part} must be a text`)
  }
  const database = text('database', '')
  if (database === '') throw new ConfigError(`${where}: names no database; write mysql://user@host:3306/name`)
  const socket = text('socket', '')
  return {
    host: text('host', '127.0.0.1'),
    port: portOf(parts.port, where),
    socket: socket === '' ? undefined : socket,
    user: text('user', ''),
    password: text('password', ''),
    database,
    tls: tlsOptions(parts.tls, where),
  }
}

function portOf(value: unknown, where: string): number {
  const port = value === undefined ? defaultPort : Number(value)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port || defaultPort
  throw new ConfigError(`${where}: port is ${JSON.stringify(value)}; expected a whole number up to 65535`)
}

function tlsOptions(tls: unknown, where: string): MysqlAddress['tls'] {
  if (tls === undefined || tls === false) return undefined
  // Without the second, any certificate of a known authority would do.
  if (tls === true) return { rejectUnauthorized: true, verifyIdentity: true }
  if (typeof tls === 'object' && tls !== null)
    return { rejectUnauthorized: true, verifyIdentity: true, ...tls }
  throw new ConfigError(`${where}: tls must be true or an object such as { ca }`)
}
