import { type WorkerFlags, workerOptions } from './config/units.ts'
import { type DatabaseConnectorOptions, databaseOptions, outboxName } from './connectors/database/options.ts'
import { createConnector } from './connectors/index.ts'
import { SyncConnector } from './connectors/sync.ts'
import type { Config, ConnectionConfig } from './contract/config.ts'
import { type Connector, isPullConnector, type PullConnector } from './contract/connector.ts'
import { ConfigError } from './contract/errors.ts'
import type { EventName } from './contract/events.ts'
import type { Clock, Ms, Seconds } from './contract/time.ts'
import { Control } from './control.ts'
import { databaseOf } from './database/create.ts'
import {
  type EffectsPlace,
  type EffectsTable,
  effectsIn,
  effectsTable,
} from './database/effects/effects-in.ts'
import { otherDatabases, ownDatabases } from './database/infrastructure.ts'
import { Emitter } from './emitter.ts'
import { type LoadedJobs, loadJobs } from './jobs/load.ts'
import { pushedName, pushedSettings } from './jobs/pushed.ts'
import { type OutboxParts, TableOutbox } from './outbox/outbox.ts'
import { withPatience } from './outbox/patience.ts'
import { Relay } from './outbox/relay.ts'
import { OutboxTable } from './outbox/table.ts'
import { systemClock } from './process/clock.ts'
import { processMemory } from './process/memory.ts'
import { loadModule } from './process/modules.ts'
import { QueueClient, type QueueSurroundings } from './queue.ts'
import type { Sandboxes } from './sandbox/sandboxes.ts'
import { type Overseer, type Oversight, oversight } from './worker/oversight.ts'
import type { WorkerParts } from './worker/parts.ts'
import { Worker } from './worker/worker.ts'

/** Who is told of what a worker does. */
export interface Onlookers extends Pick<WorkerParts, 'watch' | 'admit' | 'took' | 'signalled'> {
  readonly overseer?: Overseer | undefined
  /** Where its isolated jobs run. */
  readonly sandboxes?: Sandboxes | undefined
}

export interface ComposeOptions {
  /** A connection of the configuration; default: the one it names. */
  readonly connection?: string
  readonly clock?: Clock
  /** Told when a listener of the configuration's `on` failed. */
  readonly listenerFailed?: (error: unknown, name: EventName) => void
}

/** How long a close waits for what is under way to and from the outbox. */
const closeMs: Ms = 2_000

/** Everything that belongs to one connection of one configuration, made when it is first asked for. */
export class Context {
  readonly config: Config
  readonly clock: Clock
  /** Name of the connection. */
  readonly name: string
  readonly connection: ConnectionConfig
  readonly emitter: Emitter
  readonly connector: Connector
  #jobs: Promise<LoadedJobs> | undefined
  #outbox: OutboxParts | undefined
  #relay: Relay | undefined
  #producer: TableOutbox | undefined

  constructor(
    config: Config,
    name: string,
    options: ComposeOptions,
    makeConnector: (context: Context) => Connector,
  ) {
    this.config = config
    this.name = name
    this.clock = options.clock ?? systemClock
    this.connection = connectionOf(config, name)
    this.emitter = new Emitter(config.on, options.listenerFailed)
    this.connector = makeConnector(this)
  }

  /** The jobs folder, loaded once. */
  jobs(): Promise<LoadedJobs> {
    const { jobs: folder, middleware } = this.config
    this.#jobs ??= loadJobs({ folder, middleware, load: loadModule })
    return this.#jobs
  }

  /** The connector, if there is anything to take from it; throws a `ConfigError` otherwise. */
  pull(): PullConnector {
    if (isPullConnector(this.connector)) return this.connector
    throw new ConfigError(
      `connection "${this.name}": ${this.connector.name} keeps no jobs, they run as they are pushed; choose another connector (database, redis) for a queue that a worker can serve`,
    )
  }

  control(): Control {
    return new Control(this.pull(), this.clock)
  }

  queue(): QueueClient {
    return new QueueClient(async () => this.surroundings())
  }

  /** With an overseer, a restart is its affair; it reserves and settles by way of `connector`. */
  async worker(
    flags: WorkerFlags = {},
    { overseer, sandboxes, ...asked }: Onlookers = {},
    connector = this.pull(),
  ): Promise<Worker> {
    const loaded = await this.jobs()
    const registry = sandboxes?.around(loaded.registry) ?? loaded.registry
    const overseen = overseer && oversight(overseer, this.clock)
    const own = sandboxes === undefined ? [] : [sandboxes.infrastructure]
    const infrastructure = [...this.config.infrastructure, ...own, ownDatabases, otherDatabases]
    const parts = { connector, registry, infrastructure, ...asked, ...overseen }
    return this.#workerOf(parts, flags)
  }

  /** Moves what waits in the outbox's table; undefined where there is none. Its troubles are warnings of the store. */
  relay(): Relay | undefined {
    const parts = this.#outboxParts()
    if (parts === undefined) return undefined
    const warn = (message: string) => this.emitter.emit('store:warning', { message })
    this.#relay ??= new Relay({ ...parts, cache: this.pull().cache, warn })
    return this.#relay
  }

  /** The table of the outbox; undefined where there is none. */
  outboxTable(): OutboxTable | undefined {
    return this.#outboxParts()?.table
  }

  /** Lets go of everything. A database that does not answer is waited for a moment only. */
  async close(): Promise<void> {
    await withPatience(this.clock, closeMs, this.#closeOutbox())
    await this.connector.close()
  }

  async #closeOutbox(): Promise<void> {
    await Promise.all([this.#producer?.close(), this.#relay?.stop()])
    await this.#outbox?.table.database.close()
  }

  /** Only for a store that cannot take part in a transaction itself. */
  #outboxParts(): OutboxParts | undefined {
    const { connector, config, clock, name } = this
    const { outbox: store } = connector
    if (store === undefined || config.outbox === null) return undefined
    const { prefix, ...options } = config.outbox as DatabaseConnectorOptions
    const database = () => databaseOf(databaseOptions(options, config.root), 'queue')
    const isTransient = (error: unknown) => connector.isTransient(error)
    this.#outbox ??= {
      table: new OutboxTable(database(), outboxName(prefix), `${name} ${store.place}`),
      store,
      isTransient,
      clock,
    }
    return this.#outbox
  }

  #workerOf(
    parts: Pick<
      WorkerParts,
      'connector' | 'registry' | 'watch' | 'infrastructure' | 'admit' | 'took' | 'signalled'
    > &
      Oversight,
    flags: WorkerFlags,
  ): Worker {
    this.emitter.on('worker:start', () => this.relay()?.start())
    return new Worker({
      ...parts,
      options: workerOptions(this.config, this.connection, flags),
      emitter: this.emitter,
      clock: this.clock,
      memory: processMemory,
      effectsIn: (tx) => effectsIn(tx, this.#effectsPlace()),
      keepEffectsMs: keepOf(this.config.effects.keep),
      keepFailedMs: keepOf(this.config.failed.keep),
    })
  }

  /** The table of effects in transactions when the jobs are not in that database; undefined: nobody said where. */
  effectsTable(): EffectsTable | undefined {
    const place = this.#effectsPlace()
    return place && effectsTable(place)
  }

  #effectsPlace(): EffectsPlace | undefined {
    const table = this.outboxTable()
    const { prefix = '' } = (this.config.outbox ?? {}) as DatabaseConnectorOptions
    return table && { prefix, database: table.database }
  }

  /** What a producer needs of this. */
  surroundings(): QueueSurroundings {
    const { connector, clock, config, connection } = this
    const parts = this.#outboxParts()
    if (parts !== undefined) this.#producer ??= new TableOutbox(parts)
    return {
      connector,
      outbox: this.#producer,
      clock,
      defaultQueue: connection.default,
      maxPayload: config.maxPayload,
      nameOf: (job) => pushedName(job, config.jobs),
      queueOf: (job) => pushedSettings(job).queue,
      close: () => this.close(),
    }
  }
}

/** Puts the parts together for one connection. Nothing is connected yet. Throws a `ConfigError`. */
export async function compose(config: Config, options: ComposeOptions = {}): Promise<Context> {
  const name = options.connection ?? config.connection
  const connection = connectionOf(config, name)
  const made = connection.connector === 'sync' ? undefined : await connectorOf(config, name, connection)
  return new Context(config, name, options, (context) => made ?? syncConnector(context))
}

/** Its errors name the file of the configuration, unless they do so already. */
async function connectorOf(config: Config, name: string, connection: ConnectionConfig): Promise<Connector> {
  const { file, root } = config
  try {
    return await createConnector(connection, { connection: name, root, load: loadModule })
  } catch (error) {
    if (!(error instanceof ConfigError) || file === null || error.message.includes(file)) throw error
    throw new ConfigError(`${file}: ${error.message}`, { cause: error.cause })
  }
}

function keepOf(seconds: Seconds | null): Ms | null {
  return seconds === null ? null : seconds * 1_000
}

function syncConnector(context: Context): Connector {
  return new SyncConnector({
    registry: async () => (await context.jobs()).registry,
    bigNumbers: context.config.bigNumbers,
  })
}

function connectionOf(config: Config, name: string): ConnectionConfig {
  const connection = config.connections[name]
  if (connection !== undefined) return connection
  throw new ConfigError(
    `there is no connection "${name}" in ${config.file ?? 'the configuration'}; it has ${Object.keys(config.connections).join(', ')}`,
  )
}
