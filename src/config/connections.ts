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
  const inputs = inputsOf(config, fromEnv, source)
  const connection = chosen(Object.keys(inputs), config, source)
  const notices: string[] = []
  const connections: Record<string, ConnectionConfig> = {}
  for (const [name, input] of Object.entries(inputs)) {
    const isUsed = name === connection
    const isReplaced = isUsed && fromEnv.connector !== undefined
    const key = config.connections === undefined ? '' : `connections.${name}`
    const place = {
      isUsed,
      env: source.env,
      where: key === '' ? placeOf(source) : `${placeOf(source)}: ${key}`,
      connectorAt: connectorAt(source, isReplaced, key),
    }
    let whole: Keys = isUsed ? { ...input, ...fromEnv } : input
    if (whole.connector === undefined) {
      if (config.connections !== undefined) throw new ConfigError(`${place.where} names no connector`)
      whole = { ...whole, ...embedded(whole, source) }
      notices.push(embeddedNotice(source))
    }
    connections[name] = settle(whole, place)
    const written = config.connections?.[name] ?? input
    notices.push(...idleKeys(written, connections[name], isReplaced).map((idle) => `${place.where}: ${idle}`))
  }
  return { connection, connections, notices }
}

interface Place {
  /** Begins the message of an error. */
  readonly where: string
  /** The same for the connector's name, which a variable may have set. */
  readonly connectorAt: string
  readonly env: Env
  /** Whether it is the connection in use. */
  readonly isUsed: boolean
}

/** The connections by name: those of `connections` over what stands at the top level, or the flat form's only one. */
function inputsOf(config: CheckedConfig, fromEnv: Keys, source: Source): Record<string, Keys> {
  const { connections, connection, jobs, worker, autoDelete, unknownJob, ...rest } = config
  const { $schema, bigNumbers, maxPayload, failed, effects, infrastructure, on, middleware, ...shared } = rest
  if (connections === undefined) {
    const connector = (fromEnv.connector ?? shared.connector ?? 'database') as string
    const where = connectorAt(source, fromEnv.connector !== undefined)
    return { [connection ?? connectionName(connector, where)]: shared }
  }
  return Object.fromEntries(Object.entries(connections).map(([name, own]) => [name, { ...shared, ...own }]))
}

/** The flat form's connection is called as its connector is, or as its module's file. */
function connectionName(connector: string, where: string): string {
  if (isModulePath(connector)) return basename(connector, extname(connector))
  return spelledConnector(connector, where)
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

function settle(input: Keys, place: Place): ConnectionConfig {
  const connector = spelledConnector(input.connector as string, place.connectorAt)
  const known = connectorKeys[connector]
  const isOption = (key: string) => (known === undefined ? !commonKeys.includes(key) : known.includes(key))
  const given = Object.entries(input).filter(([key, value]) => isOption(key) && value !== undefined)
  const options: Record<string, unknown> = Object.fromEntries(given)
  if (known?.includes('breakReconnect')) options.breakReconnect ??= true
  if (known?.includes('timeout')) options.timeout ||= connectTimeout
  if (connector === 'database') options.dsn = dsnOf(options.dsn, place)
  const expire = input.expire as number | null | undefined
  return {
    connector,
    default: (input.default as string | undefined) ?? 'default',
    expire: expire === undefined ? 60 : expire,
    options,
  }
}

/** An empty dsn means DATABASE_URL, as to think-queue it means the application's own database. Only who uses it must have one. */
function dsnOf(dsn: unknown, { where, env, isUsed }: Place): unknown {
  const isEmpty =
    dsn === undefined || dsn === '' || (typeof dsn === 'object' && Object.keys(dsn as object).length === 0)
  if (!isEmpty) return dsn
  if (env.DATABASE_URL || !isUsed) return env.DATABASE_URL ?? ''
  throw new ConfigError(
    `${where}: dsn is empty and DATABASE_URL is not set; write dsn: 'sqlite:./.queue/queue.sqlite' or 'mysql://user:password@host/name'`,
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

/** What the user wrote that does nothing; `isReplaced`: for a connector that the environment put another in place of. */
function idleKeys(written: Keys, settled: ConnectionConfig, isReplaced: boolean): string[] {
  const known = connectorKeys[settled.connector]
  const idle: string[] = []
  if (written.persistent !== undefined && known?.includes('persistent'))
    idle.push('persistent does nothing here: a Node process keeps its connection open anyway')
  if (known === undefined || isReplaced) return idle
  for (const key of Object.keys(written))
    if (!commonKeys.includes(key) && !known.includes(key) && written[key] !== undefined)
      idle.push(`${key} does nothing with the connector ${settled.connector}`)
  return idle
}

/** Where the connector of a connection is named: under `key`, at the top level where that is empty, or by a variable. */
function connectorAt(source: Source, isReplaced: boolean, key = ''): string {
  if (isReplaced) return 'environment variable QUEUE_CONNECTOR'
  return `${placeOf(source)}: ${key === '' ? '' : `${key}.`}connector`
}

function placeOf(source: Source): string {
  return source.file ?? 'configuration'
}
