import type { ConnectionConfig } from '../contract/config.ts'
import type { Connector, ConnectorFactory, ConnectorSurroundings } from '../contract/connector.ts'
import { ConfigError } from '../contract/errors.ts'

/** Loads a user's module, a path or a package's name as seen from `root`, and answers what it exports. */
type LoadModule = (module: string, root: string) => Promise<Readonly<Record<string, unknown>>>

export interface CreateConnectorParts extends ConnectorSurroundings {
  readonly load: LoadModule
}

type Factories = Readonly<Record<string, () => Promise<ConnectorFactory>>>

/** Each is imported only when it is used. `sync` runs jobs itself, so it is made where the jobs are known. */
const factories: Factories = {
  memory: async () => (await import('./memory/index.ts')).memoryConnector as ConnectorFactory,
  database: async () => (await import('./database/index.ts')).databaseConnector as ConnectorFactory,
  redis: async () => (await import('./redis/index.ts')).redisConnector as ConnectorFactory,
}

const notYet = ['topthink']

/**
 * The connector of a connection, not opened yet: one of ours by name, or a module of the user's own, whose default export is
 * a `ConnectorFactory`. Throws a `ConfigError` that says what is wrong with the name or the module.
 */
export async function createConnector(
  connection: ConnectionConfig,
  { load, ...surroundings }: CreateConnectorParts,
): Promise<Connector> {
  const { connector, options } = connection
  const factory = await factories[connector]?.()
  if (factory !== undefined) return factory(options, surroundings)
  const where = `connection "${surroundings.connection}"`
  if (notYet.includes(connector))
    throw new ConfigError(
      `${where}: the connector ${connector} is not in this version yet; use redis, database or memory`,
    )
  if (connector === 'sync')
    throw new ConfigError(`${where}: sync keeps no jobs, it runs them as they are pushed`)
  return ownConnector(connection, surroundings, load, where)
}

async function ownConnector(
  { connector, options }: ConnectionConfig,
  surroundings: ConnectorSurroundings,
  load: LoadModule,
  where: string,
): Promise<Connector> {
  const named = `${where}: the connector ${connector}`
  const exports = await tried(() => load(connector, surroundings.root), named)
  const factory = factoryOf(exports, named)
  const made = await tried(
    async () => factory({ ...options }, surroundings),
    `${named} threw when it was made`,
  )
  const missing = missingFrom(made)
  if (missing.length > 0)
    throw new ConfigError(`${named} made something that is no connector: it lacks ${missing.join(', ')}`)
  return made
}

async function tried<Result>(work: () => Promise<Result>, failure: string): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    throw new ConfigError(`${failure}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

const factoryNames = ['default', 'connector', 'createConnector']

function factoryOf(exports: Readonly<Record<string, unknown>>, named: string): ConnectorFactory {
  for (const name of factoryNames)
    if (typeof exports[name] === 'function') return exports[name] as ConnectorFactory
  const found = Object.entries(exports).map(
    ([name, value]) => `${name} (${value === null ? 'null' : typeof value})`,
  )
  throw new ConfigError(
    `${named} exports no factory; write export default (options, surroundings) => connector. ` +
      `It exports ${found.join(', ') || 'nothing'}`,
  )
}

type Kinds = Readonly<Record<string, 'string' | 'number' | 'function' | 'object'>>

const everyConnector: Kinds = {
  name: 'string',
  wire: 'string',
  resolutionMs: 'number',
  open: 'function',
  close: 'function',
  push: 'function',
  isTransient: 'function',
}

const pullConnector: Kinds = {
  settle: 'function',
  touch: 'function',
  size: 'function',
  clear: 'function',
  failed: 'object',
  cache: 'object',
}

/** What a connector must have and `made` has not; one that can reserve must be whole for a worker. */
function missingFrom(made: unknown): string[] {
  const members = (typeof made === 'object' && made !== null ? made : {}) as Readonly<Record<string, unknown>>
  const needed =
    typeof members.reserve === 'function' ? { ...everyConnector, ...pullConnector } : everyConnector
  const missing = Object.entries(needed).filter(
    ([name, kind]) => typeof members[name] !== kind || members[name] === null,
  )
  return missing.map(([name, kind]) => (kind === 'function' ? `${name}()` : name))
}
