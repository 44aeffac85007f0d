import { existsSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import type { ConnectionConfig } from '../contract/config.ts'
import { ConfigError } from '../contract/errors.ts'
import { didYouMean } from '../contract/near.ts'
import type { CheckedConfig } from './check.ts'
import { connectionFromEnv, type Env } from './environment.ts'
import { commonKeys, connectorKeys } from './schema.ts'
import { isModulePath, spelledConnector } from './spelling.ts'

/** Where a configuration comes from, and what beats it. */
export interface Source {
  /** The file it was read from, absolute; null: none was found. */
  readonly file: string | null
  /** Folder that relative paths start from. */
  readonly root: string
  readonly env: Env
  /** The connection to use: a flag. */
  readonly connection?: string
  /** Folders that were searched for a file. */
  readonly searched?: readonly string[]
}

/** The connections, the name of the one in use, and what is worth telling the user. */
export interface Connections {
  readonly connection: string
  readonly connections: Readonly<Record<string, ConnectionConfig>>
  readonly notices: readonly string[]
}

type Keys = Readonly<Record<string, unknown>>

/** Seconds to wait for a connection where the user gives none, or 0. */
const connectTimeout = 10

/** Settles spellings, environment, defaults and the fall-back of every connection. Throws a `ConfigError`. */
export function connectionsOf(config: CheckedConfig, source: Source): Connections {
  const fromEnv = connectionFromEnv(source.env)
  const inputs = inputsOf(config, fromEnv)
  const connection = chosen(Object.keys(inputs), config, source)
  const notices: string[] = []
  const connections: Record<string, ConnectionConfig> = {}
  for (const [name, input] of Object.entries(inputs)) {
    const whole = name === connection ? { ...input, ...fromEnv } : input
    const where =
      config.connections === undefined ? placeOf(source) : `${placeOf(source)}: connections.${name}`
    if (whole.connector !== undefined) {
      connections[name] = settle(whole as Keys & { connector: string }, where, source.env)
      notices.push(...idleKeys(input, connections[name], fromEnv).map((text) => `${where}: ${text}`))
    } else if (config.connections === undefined) {
      connections[name] = settle({ ...whole, ...embedded(whole, source) }, where, source.env)
      notices.push(embeddedNotice(source))
    } else throw new ConfigError(`${where} names no connector`)
  }
  return { connection, connections, notices }
}

/** The connections by name: those of `connections` over what stands at the top level, or the flat form's only one. */
function inputsOf(config: CheckedConfig, fromEnv: Keys): Record<string, Keys> {
  const { connections, connection, jobs, worker, autoDelete, unknownJob, ...rest } = config
  const { $schema, bigNumbers, maxPayload, failed, on, ...shared } = rest
  if (connections === undefined) {
    const connector = (fromEnv.connector ?? shared.connector ?? 'database') as string
    return { [connection ?? connectionName(connector)]: shared }
  }
  return Object.fromEntries(Object.entries(connections).map(([name, own]) => [name, { ...shared, ...own }]))
}

/** The flat form's connection is called as its connector is, or as its module's file. */
function connectionName(connector: string): string {
  if (isModulePath(connector)) return basename(connector, extname(connector))
  return spelledConnector(connector, 'connector')
}

function chosen(names: readonly string[], config: CheckedConfig, source: Source): string {
  const wanted = source.connection ?? (source.env.QUEUE_CONNECTION || config.connection)
  if (wanted === undefined && names.length === 1) return names[0]!
  const where = placeOf(source)
  if (wanted === undefined)
    throw new ConfigError(
      `${where}: say which connection to use, as connection: '${names[0] ?? 'name'}'; ` +
        `there are ${names.join(', ') || 'none'}`,
    )
  if (names.includes(wanted)) return wanted
  throw new ConfigError(
    `${where}: there is no connection "${wanted}"${didYouMean(wanted, names)}; there are ${names.join(', ') || 'none'}`,
  )
}

function settle(input: Keys & { readonly connector: string }, where: string, env: Env): ConnectionConfig {
  const connector = spelledConnector(input.connector, where)
  const known = connectorKeys[connector]
  const isOption = (key: string) => (known === undefined ? !commonKeys.includes(key) : known.includes(key))
  const given = Object.entries(input).filter(([key, value]) => isOption(key) && value !== undefined)
  const options: Record<string, unknown> = Object.fromEntries(given)
  if (known?.includes('breakReconnect')) options.breakReconnect ??= true
  if (known?.includes('timeout')) options.timeout ||= connectTimeout
  if (connector === 'database') options.dsn = dsnOf(options.dsn, where, env)
  const expire = input.expire as number | null | undefined
  return {
    connector,
    default: (input.default as string | undefined) ?? 'default',
    expire: expire === undefined ? 60 : expire,
    options,
  }
}

/** An empty dsn means DATABASE_URL, as an empty one means the application's own database to think-queue. */
function dsnOf(dsn: unknown, where: string, env: Env): unknown {
  const isEmpty =
    dsn === undefined || dsn === '' || (typeof dsn === 'object' && Object.keys(dsn as object).length === 0)
  if (!isEmpty) return dsn
  if (env.DATABASE_URL) return env.DATABASE_URL
  throw new ConfigError(
    `${where}: dsn is empty and DATABASE_URL is not set; write dsn: 'sqlite:./.queue/queue.sqlite' or the URL of your database`,
  )
}

/** The store that serves where nothing is configured. Never a guess: settings of a server without a connector are a mistake. */
function embedded(input: Keys, source: Source): { connector: string; dsn: string } {
  for (const [key, connector] of [
    ['dsn', 'database'],
    ['url', 'redis'],
    ['host', 'redis'],
  ] as const)
    if (input[key] !== undefined)
      throw new ConfigError(
        `${placeOf(source)}: ${key} is set but no connector; write connector: '${connector}'`,
      )
  if (existsSync(join(source.root, 'package.json')))
    return { connector: 'database', dsn: `sqlite:${embeddedStore}` }
  const { file, searched = [source.root] } = source
  const missing = file === null ? 'no configuration was found' : `${file} names no connector`
  throw new ConfigError(
    `${missing}, and ${source.root} has no package.json to keep an embedded store beside; run "queue init" in your project, ` +
      `or give --config <file>. Searched: ${searched.join(', ')}`,
  )
}

const embeddedStore = './.queue/queue.sqlite'

function embeddedNotice(source: Source): string {
  const reason = source.file === null ? 'No configuration found' : `${source.file} names no connector`
  return `${reason}: jobs are kept in the embedded store ${join(source.root, embeddedStore)}`
}

/** What the user wrote that does nothing. */
function idleKeys(written: Keys, settled: ConnectionConfig, fromEnv: Keys): string[] {
  const known = connectorKeys[settled.connector]
  const idle: string[] = []
  if (written.persistent !== undefined && known?.includes('persistent'))
    idle.push('persistent does nothing here: a Node process keeps its connection open anyway')
  if (known === undefined || fromEnv.connector !== undefined) return idle
  for (const key of Object.keys(written))
    if (!commonKeys.includes(key) && !known.includes(key) && written[key] !== undefined)
      idle.push(`${key} does nothing with the connector ${settled.connector}`)
  return idle
}

function placeOf(source: Source): string {
  return source.file ?? 'configuration'
}
